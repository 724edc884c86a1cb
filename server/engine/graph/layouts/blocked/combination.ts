import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { blockedConv, globalAverage } from "./nchwc.ts";

/**
 * An image as a sum that is not worked out yet: factor · image + … + constant, factors and constants one a channel. Batch
 * norm, its gradient, biases and residual sums are all of this form, so that each of them is computed in as few passes
 * over an image as it has terms, the last with ReLU. The vectors are worked out on tensors of [C].
 */
export interface Combination {
  readonly kind: "combination";
  readonly terms: readonly Term[];
  readonly constant?: string | undefined;
}

interface Term {
  readonly image: string | Pending;
  /** [C]; 1 when absent. */
  readonly factor?: string | undefined;
}

/** What a convolution adds to its result, and does to it, in the pass that makes it. */
export interface Finish {
  readonly factor?: string | undefined; // [C]
  readonly constant?: string | undefined; // [C]
  /** An image of the result's size that is added. */
  readonly sum?: string | undefined;
  readonly relu?: boolean;
}

/**
 * A convolution that has not been emitted, because it can do more in the same pass. Only one reader may have it: two
 * would compute it twice.
 */
export interface Pending {
  /** Gives undefined where it cannot do what is asked in the same pass. */
  readonly emit: (finish: Finish) => string | undefined;
  /** What the result's mean over batch and positions should be, about: see level.ts. [C] */
  readonly expectedMean?: () => string;
  /** For gradients of strided convolutions: see inputGradient.ts. */
  readonly phases?: Phases;
}

/** An image computed in parts, one for each remainder of the position by the stride. */
export interface Phases {
  readonly key: string;
  readonly parts: readonly ((sum: string | undefined) => string | undefined)[];
  readonly join: (parts: readonly (string | undefined)[]) => string;
}

export const ofImage = (image: string | Pending): Combination => ({
  kind: "combination",
  terms: [{ image }],
});

/** Size of the images of a combination, which are held in whole blocks of channels. */
export interface ImageSize {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** a + b */
export function plus(graph: OnnxGraph, a: Combination, b: Combination): Combination {
  const constants = [a.constant, b.constant].filter((vector) => vector !== undefined);
  return {
    kind: "combination",
    terms: [...a.terms, ...b.terms],
    constant: constants.length === 2 ? graph.node("Add", constants) : constants[0],
  };
}

/** @param factor [C] */
export function scaled(graph: OnnxGraph, { terms, constant }: Combination, factor: string): Combination {
  const times = (vector: string | undefined): string =>
    vector === undefined ? factor : graph.node("Mul", [vector, factor]);
  return {
    kind: "combination",
    terms: terms.map(({ image, factor }) => ({ image, factor: times(factor) })),
    constant: constant === undefined ? undefined : times(constant),
  };
}

/**
 * Works a combination out: each image with a factor is one pass of a 1×1 depthwise convolution, which adds what the
 * previous pass gave; pending convolutions come last and add all of it. Images without a factor are left to them, or
 * added in passes of their own. The last pass applies ReLU.
 */
export function evaluate(
  graph: OnnxGraph,
  { terms, constant }: Combination,
  size: ImageSize,
  { relu = false }: { readonly relu?: boolean } = {},
): string {
  const pending = joined(terms.filter(isPending));
  const scaledTerms = terms.filter((term): term is Held => !isPending(term) && term.factor !== undefined);
  const bare = terms.filter((term): term is Held => !isPending(term) && term.factor === undefined);
  const passes: Pass[] = [
    ...scaledTerms.map(
      ({ image, factor }): Pass =>
        (finish) =>
          scaleImage(graph, image, { ...finish, factor }, size),
    ),
    ...pending.map(
      ({ image, factor }): Pass =>
        (finish) =>
          emitPending(graph, image, { ...finish, factor }, size),
    ),
  ];
  const left = bare.map(({ image }) => image);
  if (passes.length === 0) {
    const sum = total(graph, left);
    if (constant !== undefined) return scaleImage(graph, sum, { constant, relu }, size);
    return relu ? graph.node("Relu", [sum]) : sum;
  }
  const behind = pending.length === 0 && left.length > 0; // added behind the passes
  let result = behind || left.length === 0 ? undefined : total(graph, left);
  for (const [i, pass] of passes.entries()) {
    const last = i === passes.length - 1 && !behind;
    result = pass({ sum: result, constant: i === 0 ? constant : undefined, relu: relu && last });
  }
  if (!behind) return result as string;
  const sum = total(graph, [result as string, ...left]);
  return relu ? graph.node("Relu", [sum]) : sum;
}

type Pass = (finish: Finish) => string;
type Held = Term & { readonly image: string };
type Waiting = Term & { readonly image: Pending };

const isPending = (term: Term): term is Waiting => typeof term.image !== "string";

const total = (graph: OnnxGraph, images: readonly string[]): string =>
  images.reduce((sum, image) => graph.node("Add", [sum, image]));

/** Gradients in phases of the same stride are added phase by phase, each by the convolution that makes the other. */
function joined(pending: readonly Waiting[]): readonly Waiting[] {
  const [first, second, ...others] = pending;
  const [a, b] = [phasesOf(first), phasesOf(second)];
  if (first === undefined || a === undefined || b === undefined || a.key !== b.key) return pending;
  const parts = a.parts.map((part, i) => (sum: string | undefined) => {
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

function emitPending(graph: OnnxGraph, pending: Pending, finish: Finish, size: ImageSize): string {
  const whole = pending.emit(finish);
  if (whole !== undefined) return whole;
  const plain = pending.emit({}) as string;
  const { factor, constant, sum, relu = false } = finish;
  return evaluate(
    graph,
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
  graph: OnnxGraph,
  image: string,
  { factor, constant, sum, relu }: Finish,
  { channels }: ImageSize,
): string {
  const filter = factor ?? graph.float32(new Float32Array(channels).fill(1));
  return blockedConv(graph, {
    x: image,
    filter: reshape(graph, filter, [channels, 1, 1, 1]),
    bias: constant,
    sum,
    relu,
    group: channels,
    kernel: [1, 1],
  });
}

/** The mean over batch and positions, [C]. */
export function channelMeans(graph: OnnxGraph, image: string, { batch, channels }: ImageSize): string {
  const perSample = reshape(graph, globalAverage(graph, image), [batch, channels]);
  return graph.node("ReduceMean", [perSample, graph.int64([0])], { keepdims: 0 });
}

/** Σ a · b over batch and positions, [C]: a depthwise convolution of a whose filter, as large as a map, is b. */
export function dotProduct(graph: OnnxGraph, a: string, b: string, size: ImageSize): string {
  const { batch, height, width, channels } = size;
  const rows = batch * channels;
  const products = blockedConv(graph, {
    x: reshape(graph, a, [1, rows, height, width]),
    filter: reshape(graph, b, [rows, 1, height, width]),
    group: rows,
    kernel: [height, width],
  });
  return graph.node("ReduceSum", [reshape(graph, products, [batch, channels]), graph.int64([0])], {
    keepdims: 0,
  });
}
