import type { Operations } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { blockedConv, globalAverage } from "./nchwc.ts";

/**
 * An image as a deferred sum: factor · image + … + constant, with one factor and constant per channel. Batch norm, its
 * gradient, biases and residual sums are all of this form, so each is computed in as many passes over an image as it has terms,
 * the last with ReLU. The vectors are tensors of [C].
 */
export interface Combination {
  readonly kind: "combination";
  readonly terms: readonly Term[];
  readonly constant?: Value | undefined;
}

export interface Term {
  readonly image: Value | Pending;
  /** [C]; 1 when absent. */
  readonly factor?: Value | undefined;
}

/** What a convolution adds to its result, and does to it, in the pass that makes it. */
export interface Finish {
  readonly factor?: Value | undefined; // [C]
  readonly constant?: Value | undefined; // [C]
  /** An image of the result's size that is added. */
  readonly sum?: Value | undefined;
  readonly relu?: boolean;
}

/**
 * A convolution that has not been emitted, because it can do more in the same pass. Only one reader may take it: two would
 * compute it twice.
 */
export interface Pending {
  /** Gives undefined where it cannot do all of that in the same pass. */
  readonly emit: (finish: Finish) => Value | undefined;
  /** What the result's mean over batch and positions should be, about: see level.ts. [C] */
  readonly expectedMean?: () => Value;
  /** For gradients of strided convolutions: see blockedInputGradient.ts. */
  readonly phases?: Phases;
}

/** An image computed in parts, one for each remainder of the position by the stride. */
export interface Phases {
  readonly key: string;
  readonly parts: readonly ((sum: Value | undefined) => Value | undefined)[];
  readonly join: (parts: readonly (Value | undefined)[]) => Value;
}

export const ofImage = (image: Value | Pending): Combination => ({
  kind: "combination",
  terms: [{ image }],
});

/** Size of the images of a combination, which lie in whole blocks of channels. */
export interface ImageSize {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** a + b */
export function plus(ops: Operations, a: Combination, b: Combination): Combination {
  const constants = [a.constant, b.constant].filter((vector) => vector !== undefined);
  return {
    kind: "combination",
    terms: [...a.terms, ...b.terms],
    constant: constants.length === 2 ? ops.add(constants[0] as Value, constants[1] as Value) : constants[0],
  };
}

/** @param factor [C] */
export function scaled(ops: Operations, { terms, constant }: Combination, factor: Value): Combination {
  const times = (vector: Value | undefined): Value =>
    vector === undefined ? factor : ops.mul(vector, factor);
  return {
    kind: "combination",
    terms: terms.map(({ image, factor }) => ({ image, factor: times(factor) })),
    constant: constant === undefined ? undefined : times(constant),
  };
}

/**
 * Computes a combination: each image with a factor is one pass of a 1×1 depthwise convolution, which adds what the
 * previous pass gave; pending convolutions come last and add all of it. Images without a factor are added by them, or in passes
 * of their own. The last pass applies ReLU.
 */
export function evaluate(
  ops: Operations,
  { terms, constant }: Combination,
  size: ImageSize,
  { relu = false }: { readonly relu?: boolean } = {},
): Value {
  const pending = joined(terms.filter(isWaiting));
  const scaledTerms = terms.filter(isMade).filter(({ factor }) => factor !== undefined);
  const bare = terms.filter(isMade).filter(({ factor }) => factor === undefined);
  const passes: Pass[] = [
    ...scaledTerms.map(
      ({ image, factor }): Pass =>
        (finish) =>
          scaleImage(ops, image, { ...finish, factor }, size),
    ),
    ...pending.map(
      ({ image, factor }): Pass =>
        (finish) =>
          emitPending(ops, image, { ...finish, factor }, size),
    ),
  ];
  const left = bare.map(({ image }) => image);
  if (passes.length === 0) {
    const sum = total(ops, left);
    if (constant !== undefined) return scaleImage(ops, sum, { constant, relu }, size);
    return relu ? ops.relu(sum) : sum;
  }
  const behind = pending.length === 0 && left.length > 0; // added behind the passes
  let result = behind || left.length === 0 ? undefined : total(ops, left);
  for (const [i, pass] of passes.entries()) {
    const last = i === passes.length - 1 && !behind;
    result = pass({ sum: result, constant: i === 0 ? constant : undefined, relu: relu && last });
  }
  if (!behind) return result as Value;
  const sum = total(ops, [result as Value, ...left]);
  return relu ? ops.relu(sum) : sum;
}

type Pass = (finish: Finish) => Value;
type Made = Term & { readonly image: Value };
type Waiting = Term & { readonly image: Pending };

export const isPending = (image: Value | Pending): image is Pending => "emit" in image;
const isWaiting = (term: Term): term is Waiting => isPending(term.image);
const isMade = (term: Term): term is Made => !isPending(term.image);

const total = (ops: Operations, images: readonly Value[]): Value =>
  images.reduce((sum, image) => ops.add(sum, image));

/** Gradients in phases of the same stride are added phase by phase, each by the convolution that makes the other. */
function joined(pending: readonly Waiting[]): readonly Waiting[] {
  const [first, second, ...others] = pending;
  const [a, b] = [phasesOf(first), phasesOf(second)];
  if (first === undefined || a === undefined || b === undefined || a.key !== b.key) return pending;
  const parts = a.parts.map((part, i) => (sum: Value | undefined) => {
    const before = (b.parts[i] as Phases["parts"][number])(sum);
    return part(before) ?? before;
  });
  const phases = { ...a, parts };
  return joined([{ image: pendingPhases(phases) }, ...others]);
}

const phasesOf = (term: Waiting | undefined): Phases | undefined =>
  term?.factor === undefined ? term?.image.phases : undefined;

export function pendingPhases(phases: Phases): Pending {
  return {
    phases,
    emit: ({ factor, constant, sum, relu }) =>
      factor === undefined && constant === undefined && sum === undefined && !relu
        ? phases.join(phases.parts.map((part) => part(undefined)))
        : undefined,
  };
}

function emitPending(ops: Operations, pending: Pending, finish: Finish, size: ImageSize): Value {
  const whole = pending.emit(finish);
  if (whole !== undefined) return whole;
  const plain = pending.emit({}) as Value;
  const { factor, constant, sum, relu = false } = finish;
  return evaluate(
    ops,
    {
      kind: "combination",
      terms: [{ image: plain, factor }, ...(sum === undefined ? [] : [{ image: sum }])],
      constant,
    },
    size,
    { relu },
  );
}

/** factor · image + constant + sum in one pass. */
function scaleImage(
  ops: Operations,
  image: Value,
  { factor, constant, sum, relu }: Finish,
  { channels }: ImageSize,
): Value {
  const filter = factor ?? ops.uniform([channels], 1);
  return blockedConv(ops, {
    x: image,
    filter: ops.reshape(filter, [channels, 1, 1, 1]),
    bias: constant,
    sum,
    relu,
    group: channels,
    kernel: [1, 1],
  });
}

/** The mean over batch and positions, [C]. */
export function channelMeans(ops: Operations, image: Value, { batch, channels }: ImageSize): Value {
  const perSample = ops.reshape(globalAverage(ops, image), [batch, channels]);
  return ops.mean(perSample, [0]);
}

/** Σ a · b over batch and positions, [C]: a depthwise convolution of a whose filter, as large as a map, is b. */
export function dotProduct(ops: Operations, a: Value, b: Value, size: ImageSize): Value {
  const { batch, height, width, channels } = size;
  const rows = batch * channels;
  const products = blockedConv(ops, {
    x: ops.reshape(a, [1, rows, height, width]),
    filter: ops.reshape(b, [rows, 1, height, width]),
    group: rows,
    kernel: [height, width],
  });
  return ops.sum(ops.reshape(products, [batch, channels]), [0]);
}
