import type { Node, Value } from "../../graph.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { sameShape } from "../../values.ts";
import { channelMeans, dotProduct, type ImageSize } from "./combination.ts";
import { scaledImage } from "./elementwise.ts";
import { type BlockedForm, type Emission, input, result } from "./emission.ts";
import { unfill } from "./filled.ts";
import { heldFilter } from "./filter.ts";
import { isFilterShape, type Product, productOf, type ScaledImage, sizeOfImage } from "./held.ts";
import { globalAverage } from "./nchwc.ts";

/** Sums and means over batch and positions, and over positions; of a filter over everything. */
export const reduction: BlockedForm = (node, emission) => {
  const x = input(node, "x");
  const axes = String(node.attrs["axis"]);
  if (emission.values.isFilter(x)) return axes === "0,1,2,3" && overFilter(node, emission);
  if (!emission.values.isImage(x)) return false;
  if (axes === "0,1,2") return overSamples(node, emission);
  return axes === "1,2" && overPositions(node, emission);
};

export const isMeanOverSamples = ({ kernel, attrs }: Node): boolean =>
  kernel === "Mean" && String(attrs["axis"]) === "0,1,2";

function overSamples(node: Node, { graph, values }: Emission): boolean {
  const x = input(node, "x");
  const size = sizeOfImage(x);
  const { batch, height, width } = size;
  const product = values.product(x);
  const mean =
    product === undefined ? meanOf(graph, scaledImage(values, x), size) : meanOfProduct(graph, product, size);
  const count = batch * height * width;
  const vector = node.kernel === "Mean" ? mean : graph.node("Mul", [mean, graph.float32(count)]);
  const { shape } = result(node);
  const own = [x.shape[3] as number];
  const unfilled = unfill(graph, vector, own);
  values.setNatural(result(node), sameShape(shape, own) ? unfilled : reshape(graph, unfilled, shape));
  return true;
}

function meanOf(graph: OnnxGraph, { image, factor, constant }: ScaledImage, size: ImageSize): string {
  const scaled = productOf(graph, [channelMeans(graph, image, size), factor]) as string;
  return constant === undefined ? scaled : graph.node("Add", [scaled, constant]);
}

/** (f a + k)(g b + l) = fg ab + l f a + k (g b + l), in the mean. */
function meanOfProduct(graph: OnnxGraph, { operands: [a, b] }: Product, size: ImageSize): string {
  const { batch, height, width } = size;
  const dot = dotProduct(graph, a.image, b.image, size);
  const perPosition = graph.node("Mul", [dot, graph.float32(1 / (batch * height * width))]);
  const terms = [productOf(graph, [perPosition, a.factor, b.factor])];
  if (b.constant !== undefined)
    terms.push(productOf(graph, [meanOf(graph, { ...a, constant: undefined }, size), b.constant]));
  if (a.constant !== undefined) terms.push(productOf(graph, [meanOf(graph, b, size), a.constant]));
  const mean = terms.reduce((sum, term) => graph.node("Add", [sum, term])) as string;
  // Rounding must not make a variance negative.
  return a === b && a.constant !== undefined ? graph.node("Max", [mean, graph.float32(0)]) : mean;
}

function overPositions(node: Node, { graph, values }: Emission): boolean {
  const x = input(node, "x");
  const { batch, height, width, channels } = sizeOfImage(x);
  const all = reshape(graph, globalAverage(graph, values.blocked(x)), [batch, channels]);
  const means = reshape(graph, unfill(graph, all, [batch, x.shape[3] as number]), result(node).shape);
  const isMean = node.kernel === "Mean";
  values.setNatural(result(node), isMean ? means : graph.node("Mul", [means, graph.float32(height * width)]));
  return true;
}

/** No order matters. */
function overFilter(node: Node, { graph, values }: Emission): boolean {
  const x: Value = input(node, "x");
  if (!isFilterShape(x.shape) || node.kernel !== "Sum") return false;
  const axes = graph.int64(heldFilter(x.shape).map((_, axis) => axis));
  const sum = graph.node("ReduceSum", [values.filter(x), axes], { keepdims: 0 });
  values.setNatural(result(node), reshape(graph, sum, result(node).shape));
  return true;
}
