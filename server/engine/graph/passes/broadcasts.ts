import { broadcast_util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../sizeOf.ts";
import type { Data } from "../../program.ts";
import type { Node, Value } from "../graph.ts";
import { inputValues, mapInputs } from "../kernel.ts";
import { sameShape } from "../values.ts";
import { elementwiseKernels } from "./isElementwise.ts";
import { type Rewriter, type Rule, rule } from "./rewrite.ts";

/** Elementwise kernels of which some operand must have the result's shape. */
const fixedOperands: ReadonlySet<string> = new Set(["Select", "Prelu", "EluGrad", "AddN"]);

/**
 * tfjs's gradients materialise broadcasts: x · ones(shape), tile(x), zerosLike(x), scalars reshaped to the other operand's
 * rank. Elementwise kernels broadcast by themselves, so such operands are replaced by the small tensors they come from, uniform
 * tensors by scalars, and kernels on small tensors alone run before the broadcast.
 */
export const broadcasts: readonly Rule[] = [
  rule(
    elementwiseKernels.filter((kernel) => !fixedOperands.has(kernel)),
    (node, rewriter) => {
      const output = node.outputs[0] as Value;
      const inputs = mapInputs(node.inputs, (input) => smallest(input, rewriter));
      const shape = inputValues(inputs).reduce(
        (joined, input) => broadcast_util.assertAndGetBroadcastShape(joined, [...input.shape]),
        [] as number[],
      );
      const neutral = withoutNeutral({ ...node, inputs }, rewriter);
      if (!neutral && inputValues(inputs).every((input, i) => input === inputValues(node.inputs)[i]))
        return undefined;
      const small = neutral ?? rewriter.emit(node.kernel, inputs, node.attrs);
      return sameShape(neutral?.shape ?? shape, output.shape) ? small : broadcast(small, output, rewriter);
    },
  ),
];

function broadcast(x: Value, { shape }: Value, { emit }: Rewriter): Value {
  return emit("BroadcastTo", { x }, { shape });
}

/** The tensor that `value` repeats along axes of size 1, or a scalar where all its elements are the same. */
function smallest(value: Value, rewriter: Rewriter): Value {
  const uniform = uniformValue(value, rewriter);
  if (uniform !== undefined) return value.shape.length === 0 ? value : rewriter.addConstant([], uniform);
  const node = rewriter.producer(value);
  if (node?.kernel === "Reshape") {
    const small = smallest(node.inputs["x"] as Value, rewriter);
    return small.shape.length === 0 ? small : value;
  }
  if (node?.kernel !== "BroadcastTo" && node?.kernel !== "Tile") return value;
  const x = node.inputs["x"] as Value;
  const leading = value.shape.length - x.shape.length;
  const repeats = x.shape.every((size, axis) => size === 1 || size === value.shape[axis + leading]);
  return repeats ? smallest(x, rewriter) : value;
}

/** The one value that all elements of a tensor have, in an array of the tensor's dtype. */
function uniformValue(value: Value, { producer, constant }: Rewriter): Data | undefined {
  const data = constant(value);
  if (data) return data.every((element) => element === data[0]) ? data.slice(0, 1) : undefined;
  const node = producer(value);
  const of = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[value.dtype];
  if (sizeOf(value.shape) === 0) return undefined;
  if (node?.kernel === "Fill") return of.of(node.attrs["value"] as number);
  if (node?.kernel === "ZerosLike") return of.of(0);
  return node?.kernel === "OnesLike" ? of.of(1) : undefined;
}

/** x for x · 1, x / 1, x + 0 and x - 0. The other operand is a scalar here, so x has the result's small shape. */
function withoutNeutral(node: Node, rewriter: Rewriter): Value | undefined {
  const { a, b } = node.inputs as Record<string, Value | undefined>;
  if (!a || !b || (node.outputs[0] as Value).dtype === "bool") return undefined;
  const is = (value: Value, number: number) =>
    value.shape.length === 0 && uniformValue(value, rewriter)?.[0] === number;
  switch (node.kernel) {
    case "Multiply":
      return is(b, 1) ? a : is(a, 1) ? b : undefined;
    case "Add":
      return is(b, 0) ? a : is(a, 0) ? b : undefined;
    case "RealDiv":
      return is(b, 1) ? a : undefined;
    case "Sub":
      return is(b, 0) ? a : undefined;
    default:
      return undefined;
  }
}
