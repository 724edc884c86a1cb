import {
  avgPool,
  matMul,
  reshape,
  type Tensor,
  type Tensor4D,
  tensor2d,
  transpose,
} from "@tensorflow/tfjs-core";

/**
 * A map average-pooled to so many places, as PyTorch's adaptive_avg_pool2d: place i covers ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉
 * of n, so that where m does not divide n they overlap.
 * @param map [batch, height, width, channels]
 * @param extents [height, width], no larger than the map's
 */
export function pooledTo(map: Tensor, [height, width]: readonly [number, number]): Tensor {
  const [, h, w] = map.shape as [number, number, number, number];
  if (h === height && w === width) return map;
  if (h % height === 0 && w % width === 0) {
    const window: [number, number] = [h / height, w / width];
    return avgPool(map as Tensor4D, window, window, "valid");
  }
  return alongWidth(transpose(alongWidth(transpose(map, [0, 2, 1, 3]), height), [0, 2, 1, 3]), width);
}

/** The third axis of [batch, rows, columns, channels], pooled by a product with the share of each place. */
function alongWidth(map: Tensor, width: number): Tensor {
  const [batch, rows, columns, channels] = map.shape as [number, number, number, number];
  const shares = Array.from({ length: columns }, (_, from) =>
    Array.from({ length: width }, (_, to) => {
      const start = Math.floor((to * columns) / width);
      const end = Math.ceil(((to + 1) * columns) / width);
      return from >= start && from < end ? 1 / (end - start) : 0;
    }),
  );
  const flat = reshape(transpose(map, [0, 1, 3, 2]), [-1, columns]);
  const pooled = reshape(matMul(flat, tensor2d(shares)), [batch, rows, channels, width]);
  return transpose(pooled, [0, 1, 3, 2]);
}
