import { convGeometry, type WindowAttributes } from "../kernels/geometry.ts";
import { attributes, type Composed, input, kernelsOf } from "./composed.ts";
import { gathered, readersByTap, rowsOf, windowReads } from "./windows.ts";

type InputGradient = WindowAttributes & { readonly inputShape: readonly number[] };

/** Every window is a row, [batch · outputs, taps · in], and a convolution their product with the filter [taps · in, out]. */
export const convolution: Composed = (node, rewriter) => {
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  const { reshape, product } = kernelsOf(rewriter);
  const geometry = convGeometry(x.shape, filter.shape, attributes<WindowAttributes>(node));
  const { outSize, inChannels, outChannels } = geometry;
  const reads = windowReads(geometry);
  const width = reads.width * inChannels;
  const weights = reshape(filter, [width, outChannels]);
  return gathered(rewriter, rowsOf(rewriter, x), reads, {
    make(windows, batch) {
      const y = product(reshape(windows, [batch * reads.results, width]), weights);
      return reshape(y, [batch, ...outSize, outChannels]);
    },
  });
};

/**
 * dx[p, i] = Σ over taps t and channels o of dy[reader(p, t), o] W[t, i, o], where reader(p, t) is the output position that
 * looks at p with the tap t: a convolution of dy, with the filter's channels the other way round.
 */
export const convolutionInputGradient: Composed = (node, rewriter) => {
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const { reshape, transpose, product } = kernelsOf(rewriter);
  const attrs = attributes<InputGradient>(node);
  const geometry = convGeometry(attrs.inputShape, filter.shape, attrs);
  const { inSize, inChannels, outChannels } = geometry;
  const reads = readersByTap(geometry);
  const width = reads.width * outChannels;
  const turned = transpose(reshape(filter, [reads.width, inChannels, outChannels]), [0, 2, 1]);
  const weights = reshape(turned, [width, inChannels]);
  return gathered(rewriter, rowsOf(rewriter, dy), reads, {
    make(windows, batch) {
      const dx = product(reshape(windows, [batch * reads.results, width]), weights);
      return reshape(dx, [batch, ...inSize, inChannels]);
    },
  });
};
