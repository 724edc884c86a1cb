import { type Code, lanes } from "../../../wasm.ts";
import type { Node, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";

/** Pushes an operand. */
type Operand = Code;
type Emission = (operands: readonly Operand[], attrs: Node["attrs"]) => Code;

const unary =
  (...code: readonly Code[]): Emission =>
  ([x]) => [...(x as Operand), ...code.flat()];

const binary =
  (code: Code): Emission =>
  ([a, b]) => [...(a as Operand), ...(b as Operand), ...code];

const same: Emission = ([x]) => x as Operand;
const one = lanes.constant(1);

/** Which kernels can be computed on four elements at once, and how: the same operations, in the same order, as the runtime's. */
const emissions: Readonly<Record<string, Emission>> = {
  Add: binary(lanes.add),
  Sub: binary(lanes.sub),
  Multiply: binary(lanes.mul),
  RealDiv: binary(lanes.div),
  Maximum: binary(lanes.max),
  Minimum: binary(lanes.min),
  AddN: ([first, ...rest]) => [...(first as Operand), ...rest.flatMap((next) => [...next, ...lanes.add])],
  Abs: unary(lanes.abs),
  Neg: unary(lanes.neg),
  Sqrt: unary(lanes.sqrt),
  Square: ([x]) => [...(x as Operand), ...(x as Operand), ...lanes.mul],
  Reciprocal: ([x]) => [...one, ...(x as Operand), ...lanes.div],
  Rsqrt: ([x]) => [...one, ...(x as Operand), ...lanes.sqrt, ...lanes.div],
  Relu: unary(lanes.constant(0), lanes.max),
  // (x > 0) − (x < 0), each comparison as a mask of 1; or x where it is not equal to itself.
  Sign: ([x]) => {
    const flag = (comparison: Code): Code => [
      ...(x as Operand),
      ...lanes.constant(0),
      ...comparison,
      ...one,
      ...lanes.and,
    ];
    const sign = [...flag(lanes.greater), ...flag(lanes.less), ...lanes.sub];
    const nan = [...(x as Operand), ...(x as Operand), ...lanes.differs, ...(x as Operand), ...lanes.and];
    return [...sign, ...nan, ...lanes.or];
  },
  ClipByValue: ([x], { clipValueMin, clipValueMax }) => [
    ...(x as Operand),
    ...lanes.constant(clipValueMin as number),
    ...lanes.max,
    ...lanes.constant(clipValueMax as number),
    ...lanes.min,
  ],
  Cast: same,
  Identity: same,
  Reshape: same, // of a scalar
};

export function hasLanes({ kernel, inputs, outputs }: Node): boolean {
  const isFloat = ({ dtype }: Value) => dtype === "float32";
  return emissions[kernel] !== undefined && [...inputValues(inputs), ...outputs].every(isFloat);
}

/** Pushes what the node gives. */
export const emitLanes = ({ kernel, attrs }: Node, operands: readonly Operand[]): Code =>
  (emissions[kernel] as Emission)(operands, attrs);
