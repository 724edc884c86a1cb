import type { Activation } from "../layers/arguments.ts";
import type { LayerSpec } from "../shapes.ts";

export interface LenetPreset {
  /** Filters of the two convolutions. */
  readonly filters?: readonly number[] | undefined;
  /** Units of the dense layers before the logits. */
  readonly hidden?: readonly number[] | undefined;
  readonly activation?: Activation | undefined;
}

/**
 * LeNet-5, LeCun et al. 1998: two 5×5 convolutions, each followed by 2×2 pooling, then dense layers. As is usual today: ReLU
 * in place of tanh, maxima in place of means, and the first convolution is padded so that 28×28 images need not be enlarged.
 */
export const lenet = (
  { filters = [6, 16], hidden = [120, 84], activation = "relu" }: LenetPreset,
  classes: number,
): LayerSpec[] => [
  ...filters.flatMap((count, i): LayerSpec[] => [
    {
      type: "conv2d",
      name: `conv${i + 1}`,
      filters: count,
      kernelSize: 5,
      padding: i === 0 ? "same" : "valid",
      activation,
    },
    { type: "maxPooling2d", name: `pool${i + 1}`, poolSize: 2 },
  ]),
  { type: "flatten" },
  ...hidden.map((units, i): LayerSpec => ({ type: "dense", name: `hidden${i + 1}`, units, activation })),
  { type: "dense", name: "logits", units: classes },
];
