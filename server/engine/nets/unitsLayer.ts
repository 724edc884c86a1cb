import type { Standard } from "../../data/standard.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import type { Net } from "./net.ts";

const name = "output_units";

/** Layers that learn standardised numbers, and a last one that gives them in their units. */
export const inUnits = (
  layers: readonly LayerSpec[],
  standard: Standard | undefined,
): readonly LayerSpec[] =>
  standard === undefined
    ? layers
    : [...layers, { type: "rescaling", name, scale: [...standard.std], offset: [...standard.mean] }];

/** The layer whose outputs are still standardised, where a net has such. */
export const beforeUnits = ({ layers }: Pick<Net, "layers">): string | undefined =>
  layers.at(-1)?.name === name ? layers.at(-2)?.name : undefined;
