import type { Attributes, Node, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { elementwiseKernels } from "../passes/isElementwise.ts";
import {
  type Batch,
  type InPart,
  isRows,
  isSame,
  isSum,
  rows,
  type ShareRule,
  same,
  shapeInPart,
  sum,
} from "./share.ts";

const input = ({ inputs }: Node, name: string): Value => inputs[name] as Value;
const outputShape = ({ outputs }: Node): readonly number[] => (outputs[0] as Value).shape;
const numbers = ({ attrs }: Node, name: string): readonly number[] => attrs[name] as readonly number[];

/** Each element follows from those at its position: rows of one axis meet rows of the same samples, or what has none there. */
const elementwise: ShareRule = (node, batch) => {
  const values = inputValues(node.inputs);
  if (values.some((value) => isSum(batch.shareOf(value)))) return linear(node, batch);
  const rank = outputShape(node).length;
  const found = values.flatMap((value) => {
    const share = batch.shareOf(value);
    return isRows(share) ? [rows(share.axis + rank - value.shape.length)] : [];
  });
  const [first] = found;
  if (first === undefined || !isRows(first)) return undefined;
  const isAligned = found.every((share) => isRows(share) && share.axis === first.axis);
  const hasNone = (value: Value) => (value.shape[first.axis + value.shape.length - rank] ?? 1) === 1;
  const others = values.filter((value) => isSame(batch.shareOf(value)));
  return isAligned && others.every(hasNone) ? { share: first } : undefined;
};

/** Of tfjs's kernels with a shape rule of their own where operands differ in rank. */
const ofOneShape: ShareRule = (node, batch) =>
  inputValues(node.inputs).every(({ shape }) => shape.length === outputShape(node).length)
    ? elementwise(node, batch)
    : undefined;

/** What adds up to the operands' sums adds up to the result. */
function linear({ kernel, inputs }: Node, { shareOf }: Batch): InPart | undefined {
  const shares = inputValues(inputs).map(shareOf);
  const [first, ...others] = shares;
  const isLinear = {
    ...{ Add: shares.every(isSum), Sub: shares.every(isSum), AddN: shares.every(isSum) },
    ...{ Neg: true, Identity: true },
    Multiply: shares.filter(isSum).length === 1 && shares.filter(isSame).length === 1,
    RealDiv: first !== undefined && isSum(first) && others.every(isSame),
  } as Record<string, boolean>;
  return isLinear[kernel] === true ? { share: sum } : undefined;
}

/** Axes are reduced; the samples' own only where parts of the result add up to it. */
const reduction =
  (ofSamples?: "sum" | "mean"): ShareRule =>
  (node, { shareOf }) => {
    const share = shareOf(input(node, "x"));
    const axes = numbers(node, "axis");
    if (isSum(share)) return ofSamples === undefined ? undefined : { share: sum };
    if (!isRows(share)) return undefined;
    if (axes.includes(share.axis))
      return ofSamples === undefined ? undefined : { share: sum, isMean: ofSamples === "mean" };
    const removed = node.attrs["keepDims"] === true ? 0 : axes.filter((axis) => axis < share.axis).length;
    return { share: rows(share.axis - removed) };
  };

/** Works along an axis that is not the samples'. @param attribute its name */
const along =
  (name: string, attribute: string, { removes = false } = {}): ShareRule =>
  (node, { shareOf }) => {
    const share = shareOf(input(node, name));
    const axis = node.attrs[attribute] as number;
    if (!isRows(share) || share.axis === axis) return undefined;
    return { share: removes && axis < share.axis ? rows(share.axis - 1) : share };
  };

/** a [..., m, k] × b [..., k, n] */
const product: ShareRule = (node, { shareOf }) => {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const [ofA, ofB] = [shareOf(a), shareOf(b)];
  if (isSum(ofA) || isSum(ofB)) return isSame(ofA) || isSame(ofB) ? { share: sum } : undefined;
  const rank = outputShape(node).length;
  const [isFlippedA, isFlippedB] = [node.attrs["transposeA"] === true, node.attrs["transposeB"] === true];
  const roleOf = (value: Value, axis: number, isFlipped: boolean): "matrix" | "row" | "column" => {
    const fromEnd = value.shape.length - axis;
    if (fromEnd > 2) return "matrix";
    return (fromEnd === 2) !== isFlipped ? "row" : "column";
  };
  const [roleA, roleB] = [
    isRows(ofA) ? roleOf(a, ofA.axis, isFlippedA) : undefined,
    isRows(ofB) ? roleOf(b, ofB.axis, isFlippedB) : undefined,
  ];
  const matrixOf = (value: Value, axis: number) => axis + rank - value.shape.length;
  if (isRows(ofA) && isRows(ofB)) {
    if (roleA === "column" && roleB === "row") return { share: sum };
    const isOne = roleA === "matrix" && matrixOf(a, ofA.axis) === matrixOf(b, ofB.axis);
    return isOne ? { share: rows(matrixOf(a, ofA.axis)) } : undefined;
  }
  const [value, share, role] = isRows(ofA) ? ([a, ofA, roleA] as const) : ([b, ofB, roleB] as const);
  const other = value === a ? b : a;
  if (!isRows(share)) return undefined;
  if (role === "matrix") {
    const axis = matrixOf(value, share.axis);
    return (other.shape[axis + other.shape.length - rank] ?? 1) === 1 ? { share: rows(axis) } : undefined;
  }
  if (value === a) return role === "row" ? { share: rows(rank - 2) } : undefined;
  return role === "column" ? { share: rows(rank - 1) } : undefined;
};

/** Works on each image by itself. @param images its operands that are images; the others are filters */
const perImage =
  (images: readonly string[], filters: readonly string[] = []): ShareRule =>
  (node, batch) => {
    const isImage = (name: string) => {
      const share = batch.shareOf(input(node, name));
      return isRows(share) && share.axis === 0;
    };
    if (!images.every(isImage) || !filters.every((name) => isSame(batch.shareOf(input(node, name)))))
      return undefined;
    const share = rows(0);
    const inputShape = node.attrs["inputShape"] as readonly number[] | undefined;
    if (inputShape === undefined) return { share };
    return { share, attrs: { ...node.attrs, inputShape: shapeInPart(inputShape, share, batch) } };
  };

/** The gradient of a filter is a sum over images. */
const filterGradient: ShareRule = (node, batch) =>
  perImage(["x", "dy"])(node, batch) === undefined ? undefined : { share: sum };

/** Rows stay rows where the axes before theirs hold as much as before. */
const reshape =
  (name: string): ShareRule =>
  (node, batch) => {
    const x = input(node, name);
    const share = batch.shareOf(x);
    if (isSum(share)) return { share };
    if (!isRows(share)) return undefined;
    const shape = outputShape(node);
    const sizeBefore = (sizes: readonly number[], axis: number) =>
      sizes.slice(0, axis).reduce((a, b) => a * b, 1);
    const before = sizeBefore(x.shape, share.axis);
    const axis = shape.findIndex((size, i) => sizeBefore(shape, i) === before && size % batch.samples === 0);
    if (axis === -1) return undefined;
    return withShape(node, rows(axis), batch);
  };

/** With the attribute `shape`, if the node has one, as a part's. */
function withShape(node: Node, share: InPart["share"], batch: Batch): InPart {
  const { shape } = node.attrs;
  if (shape === undefined) return { share };
  return { share, attrs: { ...node.attrs, shape: shapeInPart(outputShape(node), share, batch) } };
}

/** What is the same for all samples, spread over them, is rows. */
const broadcast: ShareRule = (node, batch) => {
  const x = input(node, "x");
  const shape = outputShape(node);
  const share = batch.shareOf(x);
  if (isSum(share)) return { share };
  if (isRows(share)) return withShape(node, rows(share.axis + shape.length - x.shape.length), batch);
  return (x.shape[x.shape.length - shape.length] ?? 1) === 1 ? spread(node, batch) : { share: same };
};

const spread: ShareRule = (node, batch) => {
  const [size = 1] = outputShape(node);
  return size % batch.samples === 0 ? withShape(node, rows(0), batch) : { share: same };
};

const tile: ShareRule = (node, { shareOf }) => {
  const share = shareOf(input(node, "x"));
  if (isSum(share)) return { share };
  return isRows(share) && numbers(node, "reps")[share.axis] === 1 ? { share } : undefined;
};

const transpose: ShareRule = (node, { shareOf }) => {
  const share = shareOf(input(node, "x"));
  if (!isRows(share)) return isSum(share) ? { share } : undefined;
  return { share: rows(numbers(node, "perm").indexOf(share.axis)) };
};

/** Operands side by side. @param adds an axis */
const joined =
  ({ adds = false } = {}): ShareRule =>
  (node, { shareOf }) => {
    const shares = (node.inputs["tensors"] as readonly Value[]).map(shareOf);
    if (shares.every(isSum)) return { share: sum };
    const [first] = shares;
    if (first === undefined || !isRows(first)) return undefined;
    const isAligned = shares.every((share) => isRows(share) && share.axis === first.axis);
    const axis = node.attrs["axis"] as number;
    if (!isAligned || (!adds && axis === first.axis)) return undefined;
    return { share: adds && axis <= first.axis ? rows(first.axis + 1) : first };
  };

const slice: ShareRule = (node, batch) => {
  const x = input(node, "x");
  const share = batch.shareOf(x);
  const size = numbers(node, "size");
  if (isSum(share)) return { share };
  if (!isRows(share) || size[share.axis] !== x.shape[share.axis]) return undefined;
  return { share, attrs: { ...node.attrs, size: shapeInPart(size, share, batch) } };
};

const pad: ShareRule = (node, { shareOf }) => {
  const share = shareOf(input(node, "x"));
  if (!isRows(share)) return undefined;
  const [before, after] = (node.attrs["paddings"] as readonly (readonly number[])[])[
    share.axis
  ] as readonly number[];
  return before === 0 && after === 0 ? { share } : undefined;
};

const reverse: ShareRule = (node, { shareOf }) => {
  const share = shareOf(input(node, "x"));
  return isRows(share) && !numbers(node, "dims").includes(share.axis) ? { share } : undefined;
};

/** A row of its own for each class, behind the others. */
const oneHot: ShareRule = (node, { shareOf }) => {
  const share = shareOf(input(node, "indices"));
  return isRows(share) ? { share } : undefined;
};

/** Each sample picks from what is the same for all, or all pick the same of each. */
const gather: ShareRule = (node, { shareOf }) => {
  const [x, indices] = [input(node, "x"), input(node, "indices")];
  const [from, which] = [shareOf(x), shareOf(indices)];
  const { axis, batchDims } = node.attrs as Attributes as { axis: number; batchDims: number };
  if (batchDims !== 0) return undefined;
  if (isSame(from) && isRows(which)) return { share: rows(axis + which.axis) };
  if (!isRows(from) || !isSame(which) || from.axis === axis) return undefined;
  return { share: from.axis < axis ? from : rows(from.axis - 1 + indices.shape.length) };
};

/** What samples add to the rows that they picked. */
const segmentSum: ShareRule = (node, { shareOf }) => {
  const [x, ids] = [shareOf(input(node, "x")), shareOf(input(node, "segmentIds"))];
  return isRows(x) && isRows(ids) && x.axis === ids.axis ? { share: sum } : undefined;
};

/** By kernel; one that is not here has no parts. */
export const shareRules: Readonly<Record<string, ShareRule>> = {
  ...Object.fromEntries(elementwiseKernels.map((kernel) => [kernel, elementwise])),
  ...{ Select: ofOneShape, AddN: ofOneShape },
  ...{
    Sum: reduction("sum"),
    Mean: reduction("mean"),
    Prod: reduction(),
    Max: reduction(),
    Min: reduction(),
  },
  ...{ All: reduction(), Any: reduction() },
  ...{ Softmax: along("logits", "dim"), LogSoftmax: along("logits", "axis"), Cumsum: along("x", "axis") },
  ...{ ArgMax: along("x", "axis", { removes: true }), ArgMin: along("x", "axis", { removes: true }) },
  BatchMatMul: product,
  ...{ Conv2D: perImage(["x"], ["filter"]), DepthwiseConv2dNative: perImage(["x"], ["filter"]) },
  ...{ Conv2DBackpropInput: perImage(["dy"], ["filter"]), Conv2DBackpropFilter: filterGradient },
  DepthwiseConv2dNativeBackpropInput: perImage(["dy"], ["filter"]),
  DepthwiseConv2dNativeBackpropFilter: filterGradient,
  ...{ MaxPool: perImage(["x"]), AvgPool: perImage(["x"]) },
  ...{ MaxPoolGrad: perImage(["dy", "input", "output"]), AvgPoolGrad: perImage(["dy", "input"]) },
  ...{ ResizeBilinear: perImage(["images"]), ResizeNearestNeighbor: perImage(["images"]) },
  ...{
    ResizeBilinearGrad: perImage(["dy", "images"]),
    ResizeNearestNeighborGrad: perImage(["dy", "images"]),
  },
  ...{ Reshape: reshape("x"), ExpandDims: reshape("input"), Transpose: transpose },
  ...{
    BroadcastTo: broadcast,
    Fill: spread,
    Tile: tile,
    ZerosLike: elementwise,
    OnesLike: elementwise,
    OneHot: oneHot,
  },
  ...{ Concat: joined(), Pack: joined({ adds: true }), Slice: slice, SplitV: along("x", "axis") },
  Unpack: along("value", "axis", { removes: true }),
  ...{ PadV2: pad, MirrorPad: pad, Reverse: reverse },
  ...{ GatherV2: gather, UnsortedSegmentSum: segmentSum },
};
