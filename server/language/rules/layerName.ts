import type { Node } from "jsonc-parser";
import { error, fix, replace } from "../finding.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Two layers of the same net with one name: `inputs` could mean either. */
export const layerName: Rule = {
  code: "layer-name",
  *check({ at }) {
    for (const layers of [at("student", "layers"), at("teacher", "layers")]) {
      const taken = new Set<string | undefined>(["input"]);
      const all = new Set([...taken, ...items(layers).map((layer) => textOf(member(layer, "name")))]);
      for (const layer of items(layers)) {
        const node = member(layer, "name");
        const name = textOf(node);
        if (!node || name === undefined) continue;
        if (taken.has(name)) yield duplicate(node, name, all);
        taken.add(name);
      }
    }
  },
};

function duplicate(node: Node, name: string, taken: ReadonlySet<string | undefined>) {
  const message =
    name === "input"
      ? '"input" is the name of what enters the net.'
      : `Another layer already has the name "${name}".`;
  let count = 2;
  while (taken.has(`${name}${count}`)) count++;
  return error(
    node,
    message,
    fix(`Rename to "${name}${count}"`, replace(node, JSON.stringify(`${name}${count}`))),
  );
}
