import type { Node } from "jsonc-parser";
import { entryOf } from "../schema/entry.ts";
import { member, textOf } from "./values.ts";

/** The first augmentation that mixes two classes in a sample, and the place of its type. */
export function blending(augment: readonly Node[]): { readonly type: string; readonly at: Node } | undefined {
  for (const node of augment) {
    const at = member(node, "type");
    const type = textOf(at);
    if (at && type !== undefined && entryOf("Augmentation", type)?.blendsLabels) return { type, at };
  }
  return undefined;
}
