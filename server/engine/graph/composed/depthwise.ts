import { convGeometry, type WindowAttributes } from "../kernels/geometry.ts";
import { attributes, type Composed, input, kernelsOf } from "./composed.ts";
import { gathered, readersByTap, rowsOf, windowReads } from "./windows.ts";

type InputGradient = WindowAttributes & { readonly inputShape: readonly number[] };

/** y[p, c, m] = Σ over taps t of x[read(p, t), c] W[t, c, m] */
export const depthwiseConvolution: Composed = (node, rewriter) => {
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  const { reshape, mul, sum } = kernelsOf(rewriter);
  const geometry = convGeometry(x.shape, filter.shape, attributes<WindowAttributes>(node), {
    depthwise: true,
  });
  const { outSize, inChannels, outChannels } = geometry;
  const reads = windowReads(geometry);
  const weights = reshape(filter, [reads.width, inChannels, outChannels / inChannels]);
  return gathered(rewriter, rowsOf(rewriter, x), reads, {
    make(windows, batch) {
      const columns = reshape(windows, [batch * reads.results, reads.width, inChannels, 1]);
      return reshape(sum(mul(columns, weights), [1]), [batch, ...outSize, outChannels]);
    },
  });
};

/** dx[p, c] = Σ over taps t and multiples m of dy[reader(p, t), c, m] W[t, c, m] */
export const depthwiseInputGradient: Composed = (node, rewriter) => {
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const { reshape, mul, sum } = kernelsOf(rewriter);
  const attrs = attributes<InputGradient>(node);
  const geometry = convGeometry(attrs.inputShape, filter.shape, attrs, { depthwise: true });
  const { inSize, inChannels, outChannels } = geometry;
  const reads = readersByTap(geometry);
  const multiplier = outChannels / inChannels;
  const weights = reshape(filter, [reads.width, inChannels, multiplier]);
  return gathered(rewriter, rowsOf(rewriter, dy), reads, {
    make(windows, batch) {
      const columns = reshape(windows, [batch * reads.results, reads.width, inChannels, multiplier]);
      return reshape(sum(mul(columns, weights), [1, 3]), [batch, ...inSize, inChannels]);
    },
  });
};
