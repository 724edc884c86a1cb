import type { Node, Value } from "../../graph.ts";
import { inputValues, type Kernel } from "../../kernel.ts";
import { primitive } from "../../kernels.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { freshValue, sameShape, sizeOf } from "../../values.ts";
import { type Combination, evaluate, plus, scaled } from "./combination.ts";
import { type BlockedForm, type Emission, input, result } from "./emission.ts";
import { fill, isFilled } from "./filled.ts";
import { heldFilter } from "./filter.ts";
import { type HeldValues, isFilterShape, type ScaledImage, sizeOfImage } from "./held.ts";
import { BLOCK } from "./nchwc.ts";

/** Elementwise kernels on filters, and on images if any is held in blocks. */
export const elementwise: BlockedForm = (node, emission) => {
  const { values } = emission;
  const output = result(node);
  const inputs = inputValues(node.inputs);
  if (inputs.some((value) => values.isFilter(value))) return onFilters(node, emission);
  const images = inputs.filter((value) => sameShape(value.shape, output.shape));
  if (!images.some((value) => values.isImage(value))) return false;
  return (lazily[node.kernel]?.(node, emission) ?? false) || onImages(node, emission);
};

/** Sums and scalings are put off until somebody needs them. */
const lazily: Readonly<Record<string, BlockedForm>> = {
  Add: sum(1),
  Sub: sum(-1),
  Multiply: (node, emission) => product(node, emission) || scaling(node, emission, (factor) => factor),
  RealDiv: (node, emission) =>
    scaling(node, emission, (factor) => emission.graph.node("Reciprocal", [factor])),
  Square: (node, { values }) => {
    const x = scaledImage(values, input(node, "x"));
    values.setLazy(result(node), { kind: "product", operands: [x, x] });
    return true;
  },
  Neg: (node, { graph, values }) => {
    const x = input(node, "x");
    values.setLazy(result(node), negated(graph, values.combination(x), sizeOfImage(x).channels));
    return true;
  },
  Relu: (node, { graph, values }) => {
    const x = input(node, "x");
    if (!values.isReadOnce(x)) return false;
    const relu = evaluate(graph, values.combination(x), sizeOfImage(x), { relu: true });
    values.setBlocked(result(node), relu);
    return true;
  },
  Step: (node, { graph, values }) => {
    if ((node.attrs["alpha"] ?? 0) !== 0) return false;
    values.setBlocked(result(node), positive(graph, values.blocked(input(node, "x"))));
    return true;
  },
};

/** 1 where x > 0, 0 elsewhere, in one node: min(1, max(0, αx)) with an α that lifts every number but the smallest to 1. */
const positive = (graph: OnnxGraph, x: string): string =>
  graph.node("HardSigmoid", [x], { alpha: { float: 3.4e38 }, beta: { float: 0 } });

/** More terms than a batch norm's gradient and a skip connection have are worked out before they grow. */
const mostTerms = 3;

function sum(sign: 1 | -1): BlockedForm {
  return (node, { graph, values }) => {
    const output = result(node);
    const { channels } = sizeOfImage(output);
    const own = output.shape[3] as number;
    const operand = (value: Value): Combination | undefined => {
      if (sameShape(value.shape, output.shape)) return few(values, value);
      const constant = vectorOf(graph, values, value, own);
      return constant === undefined
        ? undefined
        : { kind: "combination", terms: [], constant: fill(graph, constant, [own]) };
    };
    const [a, b] = [operand(input(node, "a")), operand(input(node, "b"))];
    if (a === undefined || b === undefined) return false;
    values.setLazy(output, plus(graph, a, sign === 1 ? b : negated(graph, b, channels)));
    return true;
  };
}

const negated = (graph: OnnxGraph, image: Combination, channels: number): Combination =>
  scaled(graph, image, graph.float32(new Float32Array(channels).fill(-1)));

/** A combination with few terms: the image itself once it has too many. */
function few(values: HeldValues, value: Value): Combination {
  const combination = values.combination(value);
  if (combination.terms.length < mostTerms) return combination;
  values.blocked(value);
  return values.combination(value);
}

/** An image times a vector over channels or a scalar. */
function scaling(node: Node, { graph, values }: Emission, factorOf: (vector: string) => string): boolean {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const output = result(node);
  const channels = output.shape[3] as number;
  const [image, other] = sameShape(a.shape, output.shape) ? [a, b] : [b, a];
  if (node.kernel === "RealDiv" && image !== a) return false;
  const vector = vectorOf(graph, values, other, channels);
  if (vector === undefined) return false;
  const factor = fill(graph, factorOf(vector), [channels]);
  values.setLazy(output, scaled(graph, few(values, image), factor));
  return true;
}

/** Two whole images are multiplied when somebody needs that; sums over positions do not. */
function product(node: Node, { values }: Emission): boolean {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const output = result(node);
  if (!sameShape(a.shape, output.shape) || !sameShape(b.shape, output.shape)) return false;
  values.setLazy(output, { kind: "product", operands: [scaledImage(values, a), scaledImage(values, b)] });
  return true;
}

/**
 * One image with its factor, and with its constant where the image is level. Another sum is worked out instead: to take it
 * apart would mean to subtract large sums from each other, as E[x²] − E[x]² does.
 */
export function scaledImage(values: HeldValues, value: Value): ScaledImage {
  const { terms, constant } = values.combination(value);
  const [term, ...others] = terms;
  if (term === undefined || others.length > 0 || typeof term.image !== "string")
    return { image: values.blocked(value) };
  const { image, factor } = term;
  return constant === undefined || values.isLevel(image)
    ? { image, factor, constant }
    : { image: values.blocked(value) };
}

/** A tensor that varies over channels alone, or not at all, as [C]; undefined where it is none. */
function vectorOf(graph: OnnxGraph, values: HeldValues, value: Value, channels: number): string | undefined {
  if (value.dtype !== "float32") return undefined;
  const size = sizeOf(value.shape);
  if (size === 1) {
    const scalar = values.natural(value);
    return graph.node("Expand", [
      value.shape.length > 1 ? reshape(graph, scalar, [1]) : scalar,
      graph.int64([channels]),
    ]);
  }
  if (size !== channels || value.shape.at(-1) !== channels) return undefined;
  const vector = values.natural(value);
  return value.shape.length === 1 ? vector : reshape(graph, vector, [channels]);
}

/** The kernel's own lowering on images as [B, C/16, positions, 16], against which smaller operands broadcast. */
function onImages(node: Node, { graph, values }: Emission): boolean {
  const output = result(node);
  const { batch, height, width, channels } = sizeOfImage(output);
  const own = output.shape[3] as number;
  if (!isFilled(own) && !staysFinite.test(node.kernel)) return false; // see filled.ts
  // A condition of one flag a sample does not broadcast as the others do.
  if (node.kernel === "Select" && (node.inputs["condition"] as Value).shape.length === 1) return false;
  const blocks = channels / BLOCK;
  const shapes = new Map<Value, readonly number[]>();
  for (const value of inputValues(node.inputs)) {
    const size = sizeOf(value.shape);
    const perChannel = value.shape.at(-1) === own;
    if (sameShape(value.shape, output.shape)) shapes.set(value, [batch, blocks, height * width, BLOCK]);
    else if (size === 1) shapes.set(value, []);
    else if (perChannel && size === own) shapes.set(value, [blocks, 1, BLOCK]);
    else if (perChannel && sameShape(value.shape, [batch, 1, 1, own]))
      shapes.set(value, [batch, blocks, 1, BLOCK]);
    else return false;
  }
  const tensor = onStandIns(graph, node, {
    shape: [batch, blocks, height * width, BLOCK],
    standIn: (value) => {
      const shape = shapes.get(value) as readonly number[];
      const isImage = sameShape(value.shape, output.shape);
      // With one position, rows and blocks are the same.
      const small = (): string =>
        shape.length === 0 ? values.natural(value) : fill(graph, values.natural(value), value.shape);
      return { tensor: reshape(graph, isImage ? values.blocked(value) : small(), shape), shape };
    },
  });
  values.setBlocked(output, reshape(graph, tensor, [batch, channels, height, width]));
  return true;
}

/** Kernels that give no large numbers, and none that are not finite, where their operands are neither. */
const staysFinite = new RegExp(
  `^(${[
    "Abs|Add|AddN|Cast|Ceil|ClipByValue|Cos|Elu|EluGrad|Erf|Floor|Identity|LeakyRelu|Maximum|Minimum|Multiply|Neg|Prelu",
    "Relu|Relu6|Round|Select|Selu|Sigmoid|Sign|Sin|Softplus|Square|SquaredDifference|Step|Sub|Tanh",
    "(Not)?Equal|(Greater|Less)(Equal)?|Logical(And|Not|Or|Xor)",
  ].join("|")})$`,
);

/** Weights, gradients and what goes along with them: as they are held, if every operand is a scalar or as large. */
function onFilters(node: Node, { graph, values }: Emission): boolean {
  const output = result(node);
  const isWhole = (value: Value): boolean => sameShape(value.shape, output.shape);
  const inputs = inputValues(node.inputs);
  if (!isFilterShape(output.shape)) return false;
  if (!inputs.every((value) => isWhole(value) || sizeOf(value.shape) === 1)) return false;
  const shape = heldFilter(output.shape);
  const tensor = onStandIns(graph, node, {
    shape,
    standIn: (value) =>
      isWhole(value)
        ? { tensor: values.filter(value), shape }
        : { tensor: reshape(graph, values.natural(value), []), shape: [] },
  });
  values.setFilter(output, tensor);
  return true;
}

function onStandIns(
  graph: OnnxGraph,
  node: Node,
  {
    shape,
    standIn,
  }: {
    readonly shape: readonly number[];
    readonly standIn: (value: Value) => { readonly tensor: string; readonly shape: readonly number[] };
  },
): string {
  const bind = (value: Value): Value => {
    const { tensor, shape } = standIn(value);
    const seen = freshValue(shape, value.dtype);
    graph.bind(seen, tensor);
    return seen;
  };
  const inputs = Object.entries(node.inputs).map(([name, given]) => [
    name,
    Array.isArray(given) ? given.map(bind) : bind(given as Value),
  ]);
  const output = freshValue(shape, result(node).dtype);
  return (primitive(node.kernel) as Kernel).onnx(graph, Object.fromEntries(inputs), node.attrs, output);
}
