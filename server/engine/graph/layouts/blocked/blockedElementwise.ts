import { sizeOf } from "../../../../sizeOf.ts";
import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { inputValues, mapInputs } from "../../kernel.ts";
import { sameShape } from "../../values.ts";
import { blockedFilterShape } from "./blockedFilter.ts";
import type { BlockedLowering, Emission } from "./blockedLowering.ts";
import { type BlockedValues, isFilterShape, type ScaledImage, sizeOfImage } from "./blockedValues.ts";
import { type Combination, evaluate, isPending, plus, scaled } from "./combination.ts";
import { fill, isFilled } from "./filledChannels.ts";
import { BLOCK, positive } from "./nchwc.ts";

/** Elementwise kernels on filters, and on images if any is in blocks. */
export const elementwise: BlockedLowering = (node, emission) => {
  const { values } = emission;
  const made = output(node);
  const inputs = inputValues(node.inputs);
  if (inputs.some((value) => values.isFilter(value))) return onFilters(node, emission);
  const images = inputs.filter((value) => sameShape(value.shape, made.shape));
  if (!images.some((value) => values.isImage(value))) return false;
  return (lazily[node.kernel]?.(node, emission) ?? false) || onImages(node, emission);
};

/** Sums and scalings are deferred until their result is read. */
const lazily: Readonly<Record<string, BlockedLowering>> = {
  Add: sum(1),
  Sub: sum(-1),
  Multiply: (node, emission) => product(node, emission) || scaling(node, emission, (factor) => factor),
  RealDiv: (node, emission) =>
    scaling(node, emission, (factor) => emission.ops.of("Reciprocal", { x: factor })),
  Square: (node, { values }) => {
    const x = scaledImage(values, input(node, "x"));
    values.setLazy(output(node), { kind: "product", operands: [x, x] });
    return true;
  },
  Neg: (node, { ops, values }) => {
    const x = input(node, "x");
    values.setLazy(output(node), negated(ops, values.combination(x), sizeOfImage(x).channels));
    return true;
  },
  Relu: (node, { ops, values }) => {
    const x = input(node, "x");
    if (!values.isReadOnce(x)) return false;
    const relu = evaluate(ops, values.combination(x), sizeOfImage(x), { relu: true });
    values.setBlocked(output(node), relu);
    return true;
  },
  Step: (node, { ops, values }) => {
    if ((node.attrs["alpha"] ?? 0) !== 0) return false;
    values.setBlocked(output(node), positive(ops, values.blocked(input(node, "x"))));
    return true;
  },
};

/** A sum with more terms than a batch norm's gradient and a skip connection have is computed before it grows. */
const mostTerms = 3;

function sum(sign: 1 | -1): BlockedLowering {
  return (node, { ops, values }) => {
    const made = output(node);
    const { channels } = sizeOfImage(made);
    const own = made.shape[3] as number;
    const operand = (value: Value): Combination | undefined => {
      if (sameShape(value.shape, made.shape)) return few(values, value);
      const constant = vectorOf(ops, values, value, own);
      return constant === undefined
        ? undefined
        : { kind: "combination", terms: [], constant: fill(ops, constant, [own]) };
    };
    const [a, b] = [operand(input(node, "a")), operand(input(node, "b"))];
    if (a === undefined || b === undefined) return false;
    values.setLazy(made, plus(ops, a, sign === 1 ? b : negated(ops, b, channels)));
    return true;
  };
}

const negated = (ops: Operations, image: Combination, channels: number): Combination =>
  scaled(ops, image, ops.uniform([channels], -1));

/** A combination with few terms: the image itself once it has too many. */
function few(values: BlockedValues, value: Value): Combination {
  const combination = values.combination(value);
  if (combination.terms.length < mostTerms) return combination;
  values.blocked(value);
  return values.combination(value);
}

/** An image times a vector over channels or a scalar. */
function scaling(node: Node, { ops, values }: Emission, factorOf: (vector: Value) => Value): boolean {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const made = output(node);
  const channels = made.shape[3] as number;
  const [image, other] = sameShape(a.shape, made.shape) ? [a, b] : [b, a];
  if (node.kernel === "RealDiv" && image !== a) return false;
  const vector = vectorOf(ops, values, other, channels);
  if (vector === undefined) return false;
  const factor = fill(ops, factorOf(vector), [channels]);
  values.setLazy(made, scaled(ops, few(values, image), factor));
  return true;
}

/** A product of two images is deferred too: sums over positions do not need it. */
function product(node: Node, { values }: Emission): boolean {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const made = output(node);
  if (!sameShape(a.shape, made.shape) || !sameShape(b.shape, made.shape)) return false;
  values.setLazy(made, { kind: "product", operands: [scaledImage(values, a), scaledImage(values, b)] });
  return true;
}

/**
 * One image with its factor, and with its constant where the image is level. Any other sum is computed first: taking it apart
 * would subtract large sums from each other, as E[x²] − E[x]² does.
 */
export function scaledImage(values: BlockedValues, value: Value): ScaledImage {
  const { terms, constant } = values.combination(value);
  const [term, ...others] = terms;
  if (term === undefined || others.length > 0 || isPending(term.image))
    return { image: values.blocked(value) };
  const { image, factor } = term;
  return constant === undefined || values.isLevel(image)
    ? { image, factor, constant }
    : { image: values.blocked(value) };
}

/** A tensor that varies over channels alone, or not at all, as [C]; undefined where it is none. */
function vectorOf(ops: Operations, values: BlockedValues, value: Value, channels: number): Value | undefined {
  if (value.dtype !== "float32") return undefined;
  const size = sizeOf(value.shape);
  if (size === 1) {
    const scalar = values.natural(value);
    return ops.broadcast(value.shape.length > 1 ? ops.reshape(scalar, [1]) : scalar, [channels]);
  }
  if (size !== channels || value.shape.at(-1) !== channels) return undefined;
  const vector = values.natural(value);
  return value.shape.length === 1 ? vector : ops.reshape(vector, [channels]);
}

/** The kernel's own lowering on images as [B, C/16, positions, 16], against which smaller operands broadcast. */
function onImages(node: Node, { ops, values }: Emission): boolean {
  const made = output(node);
  const { batch, height, width, channels } = sizeOfImage(made);
  const own = made.shape[3] as number;
  if (!isFilled(own) && !staysFinite.test(node.kernel)) return false; // see filledChannels.ts
  // A condition with one flag per sample does not broadcast like the other operands.
  if (node.kernel === "Select" && (node.inputs["condition"] as Value).shape.length === 1) return false;
  const blocks = channels / BLOCK;
  const shapes = new Map<Value, readonly number[]>();
  for (const value of inputValues(node.inputs)) {
    const size = sizeOf(value.shape);
    const perChannel = value.shape.at(-1) === own;
    if (sameShape(value.shape, made.shape)) shapes.set(value, [batch, blocks, height * width, BLOCK]);
    else if (size === 1) shapes.set(value, []);
    else if (perChannel && size === own) shapes.set(value, [blocks, 1, BLOCK]);
    else if (perChannel && sameShape(value.shape, [batch, 1, 1, own]))
      shapes.set(value, [batch, blocks, 1, BLOCK]);
    else return false;
  }
  const shaped = (value: Value): Value => {
    const shape = shapes.get(value) as readonly number[];
    const isImage = sameShape(value.shape, made.shape);
    // With one position, rows and blocks are the same.
    const small = (): Value =>
      shape.length === 0 ? values.natural(value) : fill(ops, values.natural(value), value.shape);
    return ops.reshape(isImage ? values.blocked(value) : small(), shape);
  };
  const whole = [batch, blocks, height * width, BLOCK];
  const tensor = ops.as(node.kernel, mapInputs(node.inputs, shaped), node.attrs, {
    shape: whole,
    dtype: made.dtype,
  });
  values.setBlocked(made, ops.reshape(tensor, [batch, channels, height, width]));
  return true;
}

/** Kernels whose results are finite and not large where their operands are. */
const staysFinite = new RegExp(
  `^(${[
    "Abs|Add|AddN|Cast|Ceil|ClipByValue|Cos|Elu|EluGrad|Erf|Floor|Identity|LeakyRelu|Maximum|Minimum|Multiply|Neg|Prelu",
    "Relu|Relu6|Round|Select|Selu|Sigmoid|Sign|Sin|Softplus|Square|SquaredDifference|Step|Sub|Tanh",
    "(Not)?Equal|(Greater|Less)(Equal)?|Logical(And|Not|Or|Xor)",
  ].join("|")})$`,
);

/** Weights, gradients and optimizer slots: in their own layout, if every operand is a scalar or of the same size. */
function onFilters(node: Node, { ops, values }: Emission): boolean {
  const made = output(node);
  const isWhole = (value: Value): boolean => sameShape(value.shape, made.shape);
  const inputs = inputValues(node.inputs);
  if (!isFilterShape(made.shape)) return false;
  if (!inputs.every((value) => isWhole(value) || sizeOf(value.shape) === 1)) return false;
  const shaped = (value: Value): Value =>
    isWhole(value) ? values.filter(value) : ops.reshape(values.natural(value), []);
  const tensor = ops.as(node.kernel, mapInputs(node.inputs, shaped), node.attrs, {
    shape: blockedFilterShape(made.shape),
    dtype: made.dtype,
  });
  values.setFilter(made, tensor);
  return true;
}
