import type { LayerSpec } from "../shapes.ts";
import { type LenetPreset, lenet } from "./lenet.ts";
import { type MlpPreset, mlp } from "./mlp.ts";
import { type ResnetPreset, resnet } from "./resnet.ts";
import { type VitPreset, vit } from "./vit.ts";

export type PresetSpec =
  | ({ readonly preset: "mlp" } & MlpPreset)
  | ({ readonly preset: "lenet" } & LenetPreset)
  | ({ readonly preset: "resnet" } & ResnetPreset)
  | ({ readonly preset: "vit" } & VitPreset);

type LayersOf<P extends PresetSpec["preset"]> = (
  spec: Extract<PresetSpec, { preset: P }>,
  classes: number,
) => LayerSpec[];

/** Nets that have a name. */
export const presets: { readonly [P in PresetSpec["preset"]]: LayersOf<P> } = { mlp, lenet, resnet, vit };

/** The layers that a preset stands for; the last one gives the logits. */
export const presetLayers = (spec: PresetSpec, classes: number): LayerSpec[] =>
  (presets[spec.preset] as (spec: PresetSpec, classes: number) => LayerSpec[])(spec, classes);
