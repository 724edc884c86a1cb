import type { Node } from "jsonc-parser";
import { pointedAt } from "./at.ts";
import { items, member, textOf } from "./model/values.ts";
import { nodeAt, type Parsed } from "./parse.ts";
import { referencesOf } from "./rules/layerReference.ts";

/** A name of a layer, and every place in the same net that has it. */
export interface LayerName {
  readonly name: string;
  /** The place that was pointed at. */
  readonly node: Node;
  /** The text after `name`; undefined for a name that no layer has. */
  readonly definition: Node | undefined;
  readonly uses: readonly Node[];
  /** Names that the net has already. */
  readonly taken: ReadonlySet<string>;
}

/** The layer name at an offset, from its definition or from one of its uses. */
export function layerNameAt(parsed: Parsed, offset: number): LayerName | undefined {
  const pointed = pointedAt(parsed, offset);
  if (!pointed || pointed.isKey || pointed.node.type !== "string") return undefined;
  const { node } = pointed;
  for (const role of ["student", "teacher"]) {
    const layers = items(nodeAt(parsed.root, [role, "layers"]));
    const definitions = layers.flatMap((layer) => member(layer, "name") ?? []);
    const uses = layers.flatMap(referencesOf);
    if (!definitions.includes(node) && !uses.includes(node)) continue;
    const name = textOf(node) ?? "";
    return {
      name,
      node,
      definition: definitions.find((definition) => textOf(definition) === name),
      uses: uses.filter((use) => textOf(use) === name),
      taken: new Set(definitions.flatMap((definition) => textOf(definition) ?? [])),
    };
  }
  return undefined;
}
