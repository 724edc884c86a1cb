import { list } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { dropout, relu, unitsOfOne } from "./arguments.ts";
import { preset } from "./preset.ts";

/** Dense layers on the flattened input. */
export const mlp = preset({
  description: "Dense layers, one after the other.",
  parameters: {
    hidden: list("Units of each hidden layer.", unitsOfOne, { minItems: 1, examples: [[64]] }),
    activation: relu,
    dropout: dropout("Share of each hidden layer's values that is dropped in training.", 0.2),
  },
  layers: ({ hidden, activation, dropout }, classes) => [
    { type: "flatten" },
    ...hidden.flatMap((units, i): LayerSpec[] => [
      { type: "dense", name: `hidden${i + 1}`, units, activation },
      ...(dropout > 0 ? [{ type: "dropout", name: `dropout${i + 1}`, rate: dropout }] : []),
    ]),
    { type: "dense", name: "logits", units: classes },
  ],
});
