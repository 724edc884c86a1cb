import type { PlannedLayer } from "./shapes.ts";

/** Layers that give on the very numbers that they are given. */
const passOn: ReadonlySet<string> = new Set(["flatten", "reshape", "permute", "repeatVector"]);

/** The embeddings that look up the samples' own values, and how many rows each has. */
export function firstEmbeddings(
  layers: readonly Pick<PlannedLayer, "type" | "name" | "inputs" | "arguments">[],
): { readonly name: string; readonly rows: number }[] {
  const raw = new Set(["input"]);
  return layers.flatMap(({ type, name, inputs, arguments: given }) => {
    if (!inputs.every((input) => raw.has(input))) return [];
    if (passOn.has(type)) raw.add(name);
    return type === "embedding" ? [{ name, rows: given["inputDim"] as number }] : [];
  });
}
