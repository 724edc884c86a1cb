import type { Data } from "../../program.ts";
import type { Node, Value } from "../graph.ts";
import { freshValue, sizeOf } from "../values.ts";

/** A state tensor times a scalar, as weight decay makes it, or a state tensor as it is. */
export interface Scaled {
  readonly state: Value;
  readonly factor?: Value;
}

/** A value as a scaled state tensor; undefined where it is not one. */
export function asScaled(
  value: Value,
  { producer, isState }: { readonly producer: Node | undefined; readonly isState: (value: Value) => boolean },
): Scaled | undefined {
  if (isState(value)) return { state: value };
  if (producer?.kernel !== "Multiply") return undefined;
  const { a, b } = producer.inputs as { readonly a: Value; readonly b: Value };
  if (isState(a) && sizeOf(b.shape) === 1) return { state: a, factor: b };
  return isState(b) && sizeOf(a.shape) === 1 ? { state: b, factor: a } : undefined;
}

/** New parts of a graph: nodes in order, and constants. */
export interface Additions {
  readonly nodes: Node[];
  readonly constants: Map<Value, Data>;
}

/**
 * A vector that repeats, for each member, its factor (1 where there is none): weight decay is then one multiplication
 * for members that decay and for those that do not. Undefined where factors that are only known when the model runs
 * differ.
 */
export function factorVector(members: readonly Scaled[], { nodes, constants }: Additions): Value | undefined {
  const sizes = members.map(({ state }) => sizeOf(state.shape));
  const size = sizes.reduce((sum, size) => sum + size, 0);
  /** Filled part by part: lists of numbers would take seconds for millions of weights. */
  const repeat = <Filled extends Data>(numbers: readonly number[], into: Filled): Filled => {
    let start = 0;
    for (const [i, number] of numbers.entries()) {
      const end = start + (sizes[i] as number);
      into.fill(number, start, end);
      start = end;
    }
    return into;
  };
  const vector = freshValue([size], "float32");

  const known = members.map(({ factor }) => (factor === undefined ? 1 : constants.get(factor)?.[0]));
  if (known.every((number) => number !== undefined)) {
    constants.set(vector, repeat(known, new Float32Array(size)));
    return vector;
  }
  const factors = new Set(members.flatMap(({ factor }) => factor ?? []));
  const [factor] = factors;
  if (factor === undefined || factors.size > 1 || factor.shape.length > 0) return undefined;
  const condition = freshValue(vector.shape, "bool");
  constants.set(
    condition,
    repeat(
      members.map((member) => Number(member.factor !== undefined)),
      new Uint8Array(size),
    ),
  );
  const one = freshValue([], "float32");
  constants.set(one, Float32Array.of(1));
  // ONNX's Where, to which Select lowers, repeats the two scalars.
  nodes.push({ kernel: "Select", inputs: { condition, t: factor, e: one }, attrs: {}, outputs: [vector] });
  return vector;
}
