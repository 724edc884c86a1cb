import type { Activation } from "../layers/arguments.ts";
import type { LayerSpec } from "../shapes.ts";

export interface MlpPreset {
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  readonly activation?: Activation | undefined;
  /** Share of each hidden layer's values that is dropped in training. */
  readonly dropout?: number | undefined;
}

/** Dense layers on the flattened input. */
export const mlp = (
  { hidden, activation = "relu", dropout = 0 }: MlpPreset,
  classes: number,
): LayerSpec[] => [
  { type: "flatten" },
  ...hidden.flatMap((units, i): LayerSpec[] => [
    { type: "dense", name: `hidden${i + 1}`, units, activation },
    ...(dropout > 0 ? [{ type: "dropout", name: `dropout${i + 1}`, rate: dropout }] : []),
  ]),
  { type: "dense", name: "logits", units: classes },
];
