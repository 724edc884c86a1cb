import { integer, list } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { relu, unitsOfOne } from "./arguments.ts";
import { preset } from "./preset.ts";

/**
 * LeNet-5, LeCun et al. 1998: two 5×5 convolutions, each followed by 2×2 pooling, then dense layers. As is usual today: ReLU
 * in place of tanh, maxima in place of means, and the first convolution is padded so that 28×28 images need not be enlarged.
 */
export const lenet = preset({
  description: "LeNet-5 (LeCun et al. 1998): two convolutions with pooling, then dense layers.",
  parameters: {
    filters: list(
      "Filters of the two convolutions.",
      integer("Filters of one convolution.", { minimum: 1 }),
      { minItems: 2, maxItems: 2, default: [6, 16], examples: [[6, 16]] },
    ),
    hidden: list("Units of the dense layers before the logits.", unitsOfOne, {
      default: [120, 84],
      examples: [[120, 84]],
    }),
    activation: relu,
  },
  layers: ({ filters, hidden, activation }, classes) => [
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
  ],
});
