import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Graph, GraphPort } from "./graph.ts";
import { type InputFeed, inputPlan } from "./inputRoles.ts";
import type { Ops } from "./layers/layer.ts";

/** Inputs of a student that describe a text besides its words. */
export interface TokenMarks {
  /** The number that stands behind the end of a text. */
  readonly padding: number;
  /** The marks behind which the second of two texts stands. */
  readonly between?: readonly number[] | undefined;
}

/** An input that follows from the sample: one number for each of its places. */
export interface DerivedInput {
  readonly port: GraphPort;
  readonly feed: InputFeed;
}

interface GraphInputs {
  readonly sample: GraphPort;
  readonly derived: readonly DerivedInput[];
}

const derivable = new Set<InputFeed>(["mask", "padding", "types", "positions"]);

/** What each input of a graph is fed, by its name; or why it cannot be told. */
export function graphInputs({ inputs }: Pick<Graph, "inputs">): GraphInputs | { readonly reason: string } {
  if (inputs.length === 0) return { reason: "it has no input" };
  const names = inputs.map(({ name }) => name);
  const plan = inputPlan(names, {});
  const listed = `it has ${names.length} inputs, ${names.map((name) => `"${name}"`).join(", ")}`;
  if ("message" in plan) return { reason: `${listed}; ${plan.message}` };
  const odd = plan.others.find(({ feed }) => !derivable.has(feed));
  if (odd !== undefined)
    return { reason: `${listed}; a student is not fed the ${odd.feed}, as "${odd.name}"` };
  const portOf = (wanted: string) => inputs.find(({ name }) => name === wanted) as GraphPort;
  return {
    sample: portOf(plan.sample),
    derived: plan.others.map(({ name, feed }) => ({ port: portOf(name), feed })),
  };
}

/**
 * [batch, places] of a derived input.
 * @param tokens [batch, places] @param marks absent: 0 is padding, and there are no two texts
 */
export function derivedInput(
  tf: Ops,
  { port, feed }: DerivedInput,
  { tokens, marks = { padding: 0 } }: { readonly tokens: Tensor; readonly marks?: TokenMarks | undefined },
): Tensor {
  const numbers = tf.cast(tokens, "float32") as Tensor2D;
  const [batch, places] = numbers.shape;
  const isThere = tf.cast(tf.notEqual(numbers, marks.padding), "float32");
  const value = (): Tensor => {
    switch (feed) {
      case "padding":
        return tf.sub(1, isThere);
      case "positions":
        return tf.add(tf.zeros([batch, places]), tf.range(0, places, 1, "float32"));
      case "types":
        return tf.mul(isThere, secondText(tf, numbers, marks.between ?? []));
      default:
        return isThere;
    }
  };
  return tf.cast(value(), port.dtype);
}

/** 1 behind the first place where all marks stand, else 0. */
function secondText(tf: Ops, numbers: Tensor2D, between: readonly number[]): Tensor {
  const [batch, places] = numbers.shape;
  const count = places - between.length + 1;
  if (between.length === 0 || count < 1) return tf.zeros([batch, places]);
  const isMark = between
    .map((mark, k) => tf.cast(tf.equal(tf.slice(numbers, [0, k], [batch, count]), mark), "float32"))
    .reduce((all, one) => tf.mul(all, one)); // [batch, count]
  // Column p sums the marks that end before place p.
  const before = tf.tensor2d(
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: places }, (_, p) => Number(i + between.length <= p)),
    ),
  );
  return tf.cast(tf.greater(tf.matMul(isMark as Tensor2D, before), 0), "float32");
}
