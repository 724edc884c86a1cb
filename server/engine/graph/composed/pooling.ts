import type { Node, Value } from "../graph.ts";
import { type Geometry, poolGeometry, type WindowAttributes } from "../kernels/geometry.ts";
import type { Rewriter } from "../passes/rewrite.ts";
import { attributes, type Composed, input, kernelsOf } from "./composed.ts";
import { gathered, OUTSIDE, placesInWindows, rowsOf, windowReads } from "./windows.ts";

type PoolAttributes = WindowAttributes & { readonly filterSize: number | readonly [number, number] };

/** What a max pool sees in the padding: lower than any number a network makes, and finite. */
const LOWEST = -3.4e38;

export const maxPool: Composed = (node, rewriter) => {
  const x = input(node, "x");
  const { reshape, max } = kernelsOf(rewriter);
  const geometry = geometryOf(x, node);
  const { outSize, inChannels } = geometry;
  const reads = windowReads(geometry);
  return gathered(rewriter, rowsOf(rewriter, x), reads, {
    padding: LOWEST,
    make(windows, batch) {
      const taps = reshape(windows, [batch * reads.results, reads.width, inChannels]);
      return reshape(max(taps, [1]), [batch, ...outSize, inChannels]);
    },
  });
};

/** The gradient goes to the first maximum of each window: the one before which there is none. */
export const maxPoolGradient: Composed = (node, rewriter) => {
  const [dy, x] = [input(node, "dy"), input(node, "input")];
  const { of, reshape, max, equal, mul, floatOf, number } = kernelsOf(rewriter);
  const geometry = geometryOf(x, node);
  const { outSize, inChannels } = geometry;
  const reads = windowReads(geometry);
  const outputs = outSize[0] * outSize[1];
  const shares = gathered(rewriter, rowsOf(rewriter, x), reads, {
    padding: LOWEST,
    make(windows, batch, first) {
      const taps = reshape(windows, [batch * outputs, reads.width, inChannels]);
      const isMaximum = floatOf(equal(taps, max(taps, [1], true)));
      const earlier = of("Cumsum", { x: isMaximum }, { axis: 1, exclusive: true, reverse: false });
      const isFirst = mul(isMaximum, floatOf(equal(earlier, number(0))));
      const whole = batch === x.shape[0];
      const part = whole
        ? dy
        : of("Slice", { x: dy }, { begin: [first, 0, 0, 0], size: [batch, ...dy.shape.slice(1)] });
      const share = mul(isFirst, reshape(part, [batch * outputs, 1, inChannels]));
      return reshape(share, [batch, outputs * reads.width, 1, inChannels]);
    },
  });
  return addedUp(rewriter, shares, geometry, placesInWindows(geometry));
};

/** Padding does not count in the mean. */
export const averagePool: Composed = (node, rewriter) => {
  const x = input(node, "x");
  const { reshape, sum, mul, number, floats } = kernelsOf(rewriter);
  const geometry = geometryOf(x, node);
  const { outSize, inChannels } = geometry;
  const reads = windowReads(geometry);
  const factors = Float32Array.from({ length: reads.results }, (_, output) => {
    const window = reads.from.subarray(output * reads.width, (output + 1) * reads.width);
    return 1 / window.filter((read) => read !== OUTSIDE).length;
  });
  const first = factors[0] as number;
  const even = factors.every((factor) => factor === first);
  const factor = even ? number(first) : floats([1, ...outSize, 1], factors);
  const sums = gathered(rewriter, rowsOf(rewriter, x), reads, {
    make(windows, batch) {
      const taps = reshape(windows, [batch * reads.results, reads.width, inChannels]);
      return reshape(sum(taps, [1]), [batch, ...outSize, inChannels]);
    },
  });
  return mul(sums, factor);
};

/** tfjs's kernel divides by the whole window's area, at the borders too. */
export const averagePoolGradient: Composed = (node, rewriter) => {
  const [dy, x] = [input(node, "dy"), input(node, "input")];
  const { mul, number } = kernelsOf(rewriter);
  const geometry = geometryOf(x, node);
  const area = geometry.kernel[0] * geometry.kernel[1];
  const places = placesInWindows(geometry);
  const readers = places.from.map((place) => (place === OUTSIDE ? OUTSIDE : Math.floor(place / area)));
  return addedUp(rewriter, mul(dy, number(1 / area)), geometry, { ...places, from: readers });
};

/** For every input position the sum of what `reads` gathers for it: [batch, height, width, channels]. */
function addedUp(
  rewriter: Rewriter,
  image: Value,
  { inSize, inChannels }: Geometry,
  reads: ReturnType<typeof placesInWindows>,
): Value {
  const { reshape, sum } = kernelsOf(rewriter);
  return gathered(rewriter, rowsOf(rewriter, image), reads, {
    make(found, batch) {
      const shape = [batch, ...inSize, inChannels];
      if (reads.width === 1) return reshape(found, shape);
      return reshape(sum(reshape(found, [batch * reads.results, reads.width, inChannels]), [1]), shape);
    },
  });
}

function geometryOf(x: Value, node: Node): Geometry {
  const attrs = attributes<PoolAttributes>(node);
  return poolGeometry(x.shape, attrs.filterSize, attrs);
}
