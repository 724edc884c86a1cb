import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { sameShape } from "../../values.ts";
import { scaledImage } from "./blockedElementwise.ts";
import { blockedFilterShape } from "./blockedFilter.ts";
import type { BlockedLowering, Emission } from "./blockedLowering.ts";
import { isFilterShape, type Product, productOf, type ScaledImage, sizeOfImage } from "./blockedValues.ts";
import { channelMeans, dotProduct, type ImageSize } from "./combination.ts";
import { unfill } from "./filledChannels.ts";
import { globalAverage } from "./nchwc.ts";

/** Sums and means over batch and positions, and over positions; of a filter over everything. */
export const reduction: BlockedLowering = (node, emission) => {
  const x = input(node, "x");
  const axes = String(node.attrs["axis"]);
  if (emission.values.isFilter(x)) return axes === "0,1,2,3" && overFilter(node, emission);
  if (!emission.values.isImage(x)) return false;
  if (axes === "0,1,2") return overSamples(node, emission);
  return axes === "1,2" && overPositions(node, emission);
};

export const isMeanOverSamples = ({ kernel, attrs }: Node): boolean =>
  kernel === "Mean" && String(attrs["axis"]) === "0,1,2";

function overSamples(node: Node, { ops, values }: Emission): boolean {
  const x = input(node, "x");
  const size = sizeOfImage(x);
  const { batch, height, width } = size;
  const product = values.product(x);
  const mean =
    product === undefined ? meanOf(ops, scaledImage(values, x), size) : meanOfProduct(ops, product, size);
  const count = batch * height * width;
  const vector = node.kernel === "Mean" ? mean : ops.mul(mean, ops.number(count));
  const { shape } = output(node);
  const own = [x.shape[3] as number];
  const unfilled = unfill(ops, vector, own);
  values.setNatural(output(node), sameShape(shape, own) ? unfilled : ops.reshape(unfilled, shape));
  return true;
}

function meanOf(ops: Operations, { image, factor, constant }: ScaledImage, size: ImageSize): Value {
  const scaled = productOf(ops, [channelMeans(ops, image, size), factor]) as Value;
  return constant === undefined ? scaled : ops.add(scaled, constant);
}

/** (f a + k)(g b + l) = fg ab + l f a + k (g b + l), in the mean. */
function meanOfProduct(ops: Operations, { operands: [a, b] }: Product, size: ImageSize): Value {
  const { batch, height, width } = size;
  const dot = dotProduct(ops, a.image, b.image, size);
  const perPosition = ops.mul(dot, ops.number(1 / (batch * height * width)));
  const terms = [productOf(ops, [perPosition, a.factor, b.factor])];
  if (b.constant !== undefined)
    terms.push(productOf(ops, [meanOf(ops, { ...a, constant: undefined }, size), b.constant]));
  if (a.constant !== undefined) terms.push(productOf(ops, [meanOf(ops, b, size), a.constant]));
  const mean = (terms as Value[]).reduce(ops.add);
  // Rounding could make a variance negative.
  return a === b && a.constant !== undefined ? ops.maximum(mean, ops.number(0)) : mean;
}

function overPositions(node: Node, { ops, values }: Emission): boolean {
  const x = input(node, "x");
  const { batch, height, width, channels } = sizeOfImage(x);
  const all = ops.reshape(globalAverage(ops, values.blocked(x)), [batch, channels]);
  const means = ops.reshape(unfill(ops, all, [batch, x.shape[3] as number]), output(node).shape);
  const isMean = node.kernel === "Mean";
  values.setNatural(output(node), isMean ? means : ops.mul(means, ops.number(height * width)));
  return true;
}

/** No order matters. */
function overFilter(node: Node, { ops, values }: Emission): boolean {
  const x: Value = input(node, "x");
  if (!isFilterShape(x.shape) || node.kernel !== "Sum") return false;
  const axes = blockedFilterShape(x.shape).map((_, axis) => axis);
  const sum = ops.sum(values.filter(x), axes);
  values.setNatural(output(node), ops.reshape(sum, output(node).shape));
  return true;
}
