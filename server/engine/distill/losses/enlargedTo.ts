import { matMul, reshape, type Tensor, tensor2d, transpose } from "@tensorflow/tfjs-core";

/**
 * A map at other numbers of places, each of which shows the nearest one of the map, as PyTorch's interpolate does with "nearest":
 * place i of m shows ⌊i · n / m⌋ of n.
 * @param map [batch, height, width, channels]
 */
export function enlargedTo(map: Tensor, [height, width]: readonly [number, number]): Tensor {
  const [, h, w] = map.shape as [number, number, number, number];
  const turned = (given: Tensor) => transpose(given, [0, 2, 1, 3]);
  const high = h === height ? map : turned(alongWidth(turned(map), height));
  return w === width ? high : alongWidth(high, width);
}

/** The third axis of [batch, rows, columns, channels], as a product with 0 and 1: its gradient is a product, too. */
function alongWidth(map: Tensor, width: number): Tensor {
  const [batch, rows, columns, channels] = map.shape as [number, number, number, number];
  const shown = Array.from({ length: columns }, (_, from) =>
    Array.from({ length: width }, (_, to) => (Math.floor((to * columns) / width) === from ? 1 : 0)),
  );
  const flat = reshape(transpose(map, [0, 1, 3, 2]), [-1, columns]);
  const enlarged = reshape(matMul(flat, tensor2d(shown)), [batch, rows, channels, width]);
  return transpose(enlarged, [0, 1, 3, 2]);
}
