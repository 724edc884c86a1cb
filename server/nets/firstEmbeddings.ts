import { findLayerType } from "./layerTypes.ts";
import type { PlannedLayer } from "./shapes.ts";

/** The embeddings that look up the samples' own values, and how many rows each has. */
export function firstEmbeddings(
  layers: readonly Pick<PlannedLayer, "type" | "name" | "inputs" | "arguments">[],
): { readonly name: string; readonly rows: number }[] {
  const raw = new Set(["input"]);
  return layers.flatMap(({ type, name, inputs, arguments: given }) => {
    if (!inputs.every((input) => raw.has(input))) return [];
    if (findLayerType(type)?.keepsValues) raw.add(name);
    return type === "embedding" ? [{ name, rows: given["inputDim"] as number }] : [];
  });
}

/** Whether every number that enters a net is looked up, so that it may be fed whole ones. */
export function takesTokens(layers: readonly Pick<PlannedLayer, "type" | "name" | "inputs">[]): boolean {
  const raw = new Set(["input"]);
  const readers: string[] = [];
  for (const { type, name, inputs } of layers) {
    if (!inputs.some((input) => raw.has(input))) continue;
    if (findLayerType(type)?.keepsValues) raw.add(name);
    else readers.push(type);
  }
  return readers.length > 0 && readers.every((type) => type === "embedding");
}
