import type { Node, Value } from "../../graph.ts";
import { sameShape } from "../../values.ts";
import { reshape } from "../image.ts";
import { dotProduct } from "./combination.ts";
import { scaledImage } from "./elementwise.ts";
import { type BlockedForm, type Emission, input, result } from "./emission.ts";
import { heldFilter } from "./filter.ts";
import { fillsBlocks, isFilterShape, sizeOfImage } from "./held.ts";
import { globalAverage } from "./nchwc.ts";

/** Sums and means over batch and positions, and over positions; of a filter over everything. */
export const reduction: BlockedForm = (node, emission) => {
  const x = input(node, "x");
  const axes = String(node.attrs["axis"]);
  if (emission.values.isFilter(x)) return axes === "0,1,2,3" && overFilter(node, emission);
  if (!fillsBlocks(x) || !emission.values.isImage(x)) return false;
  if (axes === "0,1,2") return overSamples(node, emission);
  return axes === "1,2" && overPositions(node, emission);
};

function overSamples(node: Node, { graph, values }: Emission): boolean {
  const x = input(node, "x");
  const size = sizeOfImage(x);
  const { batch, height, width, channels } = size;
  const count = batch * height * width;
  const times = (vector: string, factor: number): string =>
    factor === 1 ? vector : graph.node("Mul", [vector, graph.float32(factor)]);
  const isMean = node.kernel === "Mean";

  const product = values.product(x);
  const { image, factor } =
    product === undefined ? scaledImage(values, x) : { image: "", factor: product.factor };
  let vector: string;
  if (product === undefined) {
    const perSample = reshape(graph, globalAverage(graph, image), [batch, channels]);
    const means = graph.node("ReduceMean", [perSample, graph.int64([0])], { keepdims: 0 });
    vector = times(means, isMean ? 1 : count);
  } else {
    vector = times(dotProduct(graph, ...product.images, size), isMean ? 1 / count : 1);
  }
  if (factor !== undefined) vector = graph.node("Mul", [vector, factor]);
  const { shape } = result(node);
  values.setNatural(result(node), sameShape(shape, [channels]) ? vector : reshape(graph, vector, shape));
  return true;
}

function overPositions(node: Node, { graph, values }: Emission): boolean {
  const x = input(node, "x");
  const { height, width } = sizeOfImage(x);
  const means = reshape(graph, globalAverage(graph, values.blocked(x)), result(node).shape);
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
