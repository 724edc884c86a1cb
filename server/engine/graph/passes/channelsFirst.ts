import type { Attributes, Node, Pass, Value } from "../graph.ts";
import { inputValues, mapInputs, type NodeInputs } from "../kernel.ts";
import { sameShape } from "../values.ts";
import { deadCode } from "./deadCode.ts";
import { isElementwise } from "./isElementwise.ts";
import { type Rewriter, walk } from "./rewrite.ts";

/**
 * tfjs holds images as [batch, height, width, channels]; ONNX's convolutions and pools take [batch, channels, height, width].
 * Transposing around each of them takes longer than the rest of a deep net, so here images stay channels first
 * from one convolution through norms, activations and sums to the next. Every image that is computed channels first also gets a
 * transpose for readers in the old order; transposes without readers are dead code.
 */
export const channelsFirst: Pass = (graph) => {
  const turned = new Map<Value, Value>(); // channels-last image → the same, channels first
  const visit = (node: Node, rewriter: Rewriter): Value | undefined => {
    const images: Images = {
      has: (image) => turned.has(image),
      get: (image) => {
        const known = turned.get(image);
        if (known) return known;
        const first = rewriter.emit("Transpose", { x: image }, { perm: [0, 3, 1, 2] });
        turned.set(image, first);
        return first;
      },
    };
    const reduced = reduction(node, images, rewriter);
    if (reduced) return reduced;
    const first = channelsFirstForm(node, images, rewriter);
    if (!first) return undefined;
    const last = rewriter.emit("Transpose", { x: first }, { perm: [0, 2, 3, 1] });
    turned.set(last, first);
    return last;
  };
  return deadCode(walk(graph, visit, { merges: true }));
};

interface Images {
  /** Whether an image is available channels first. */
  has(image: Value): boolean;
  /** An image channels first, transposed if need be. */
  get(image: Value): Value;
}

const windowKernels: ReadonlySet<string> = new Set([
  "Conv2D",
  "Conv2DBackpropInput",
  "DepthwiseConv2dNative",
  "DepthwiseConv2dNativeBackpropInput",
  "MaxPool",
  "MaxPoolGrad",
  "AvgPool",
  "AvgPoolGrad",
]);
const reductions: ReadonlySet<string> = new Set(["Sum", "Mean", "Max", "Min", "Prod"]);
/** A reduction of an image to fewer dimensions, such as a channel's mean. */
function reduction(
  { kernel, inputs, attrs, outputs }: Node,
  images: Images,
  { emit }: Rewriter,
): Value | undefined {
  const x = inputs["x"] as Value;
  const [output] = outputs as readonly [Value];
  if (!reductions.has(kernel) || !images.has(x) || output.shape.length === 4) return undefined;
  const kept = axisOf.filter((_, axis) => !(attrs["axis"] as readonly number[]).includes(axis));
  const inOrder = kept.every((axis, i) => i === 0 || axis > (kept[i - 1] as number));
  return inOrder ? emit(kernel, { x: images.get(x) }, movedAxes(attrs)) : undefined;
}

/** Where each axis of a channels-last image is when channels come first. */
const axisOf = [0, 2, 3, 1] as const;

/** The node's output, computed channels first; undefined where it is no image or better computed as it is. */
function channelsFirstForm(node: Node, images: Images, rewriter: Rewriter): Value | undefined {
  const { kernel, inputs, attrs, outputs } = node;
  const [output] = outputs as readonly [Value];
  if (output.shape.length !== 4) return undefined;
  if (windowKernels.has(kernel)) {
    const turned = Object.entries(inputs).map(([name, input]) => [
      name,
      name === "filter" ? input : images.get(input as Value),
    ]);
    return rewriter.emit(kernel, Object.fromEntries(turned), { ...attrs, dataFormat: "NCHW" });
  }
  const values = inputValues(inputs);
  if (!values.some((input) => images.has(input))) return undefined;
  if (isElementwise(kernel)) return elementwise(node, images, rewriter);
  if (!values.every((input) => images.has(input))) return undefined;
  const turned = mapInputs(inputs, (input) => images.get(input));
  if (reductions.has(kernel)) return rewriter.emit(kernel, turned, movedAxes(attrs)); // keeps its axes: the output is an image
  if (kernel === "Concat") return rewriter.emit(kernel, turned, { axis: axisOf[attrs["axis"] as 0] });
  if (kernel === "PadV2" || kernel === "Slice") return rewriter.emit(kernel, turned, movedLists(attrs));
  return undefined;
}

function elementwise(node: Node, images: Images, rewriter: Rewriter): Value | undefined {
  const [output] = node.outputs as readonly [Value];
  const whole = inputValues(node.inputs).some(
    (input) => images.has(input) && sameShape(input.shape, output.shape),
  );
  // A condition with one flag per row does not broadcast.
  const rows = (node.inputs["condition"] as Value | undefined)?.shape.length === 1;
  if (!whole || (node.kernel === "Select" && rows)) return undefined;
  const inputs: NodeInputs = mapInputs(node.inputs, (input) => operand(input, images, rewriter));
  return rewriter.emit(node.kernel, inputs, node.attrs);
}

/** An operand that broadcasts against an image [batch, height, width, channels], made to broadcast channels first. */
function operand(input: Value, images: Images, { emit }: Rewriter): Value {
  const { shape } = input;
  if (shape.length === 0 || images.has(input)) return images.has(input) ? images.get(input) : input;
  const [batch = 1, height = 1, width = 1, channels = 1] = [
    ...Array<number>(4 - shape.length).fill(1),
    ...shape,
  ];
  if (height === 1 && width === 1) return emit("Reshape", { x: input }, { shape: [batch, channels, 1, 1] });
  const image =
    shape.length === 4 ? input : emit("Reshape", { x: input }, { shape: [batch, height, width, channels] });
  return images.get(image);
}

function movedAxes(attrs: Attributes): Attributes {
  const axis = (attrs["axis"] as readonly number[]).map((at) => axisOf[at] as number);
  return { ...attrs, axis: axis.sort((a, b) => a - b) };
}

/** Attributes with one entry an axis, reordered: entry i of the result is for axis i channels first. */
function movedLists(attrs: Attributes): Attributes {
  const move = (list: readonly unknown[]) => [0, 3, 1, 2].map((axis) => list[axis]);
  const moved = Object.entries(attrs).map(([name, value]) => [
    name,
    Array.isArray(value) ? move(value) : value,
  ]);
  return Object.fromEntries(moved);
}
