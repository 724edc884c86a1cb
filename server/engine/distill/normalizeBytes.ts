import { add, cast, gather, mul, sub, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { exactParts, type SplitAffine } from "../../data/exactParts.ts";
import { normalizedBytes, type ResolvedNormalize } from "../../data/normalize.ts";

/**
 * Normalises bytes [..., channels], given as float32, in tfjs ops: bit for bit as `data/normalize.ts`, which computes in
 * float64.
 * float64: by {@link exactParts}, or by a lookup table where there are none.
 */
export function normalizeBytes(normalize: ResolvedNormalize, channels: number): (bytes: Tensor) => Tensor {
  const parts = exactParts(normalize, channels);
  return parts === undefined ? lookedUp(normalizedBytes(normalize, channels)) : computed(parts);
}

/**
 * (x · coarse + coarse) + (x · fine + fine), by subtraction throughout, which gives the same bits: TensorFlow reorders sums and
 * factors them, and only this order is exact.
 */
function computed(parts: readonly SplitAffine[]): (bytes: Tensor) => Tensor {
  const row = (pick: (part: SplitAffine) => number) => tensor(parts.map(pick));
  return (bytes) => {
    const [coarse, fine] = [0, 1].map((k) =>
      mul(
        bytes,
        row(({ factor }) => factor[k] as number),
      ),
    ) as [Tensor, Tensor];
    return sub(
      sub(
        coarse,
        row(({ offset }) => -offset[0]),
      ),
      sub(
        row(({ offset }) => -offset[1]),
        fine,
      ),
    );
  };
}

function lookedUp(table: Float32Array): (bytes: Tensor) => Tensor {
  return (bytes) => {
    const starts = tensor(Array.from({ length: table.length / 256 }, (_, c) => c * 256));
    return gather(tensor(table), cast(add(bytes, starts), "int32"));
  };
}
