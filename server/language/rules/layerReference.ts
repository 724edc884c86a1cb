import type { Node } from "jsonc-parser";
import { inputName } from "../../nets/shapes.ts";
import { error, fix, replace, type Uncoded } from "../finding.ts";
import { items, member, textOf } from "../model/values.ts";
import { suggestion } from "../suggest.ts";
import { layerProblems } from "./layerProblems.ts";
import type { Rule } from "./rule.ts";

/** `inputs` that name no earlier layer, or the wrong number of them. */
export const layerReference: Rule = {
  code: "layer-reference",
  *check(model) {
    const unknown = new Set<Node>();
    for (const layers of [model.at("student", "layers"), model.at("teacher", "layers")]) {
      for (const finding of unknownNames(items(layers), unknown)) yield finding;
    }
    for (const { problem, layer, span } of layerProblems(model, "layer-reference")) {
      if (!unknown.has(layer)) yield error(span, problem.message);
    }
  },
};

function* unknownNames(layers: readonly Node[], unknown: Set<Node>): Generator<Uncoded> {
  const all = new Set(layers.map((layer) => textOf(member(layer, "name"))));
  const earlier = new Set([inputName]);
  for (const layer of layers) {
    for (const reference of referencesOf(layer)) {
      const name = textOf(reference);
      if (name === undefined || earlier.has(name) || isGenerated(name)) continue;
      unknown.add(layer);
      yield unknownName(reference, name, { earlier, isLater: all.has(name) });
    }
    const own = textOf(member(layer, "name"));
    if (own !== undefined) earlier.add(own);
  }
}

function unknownName(
  node: Node,
  name: string,
  { earlier, isLater }: { readonly earlier: ReadonlySet<string>; readonly isLater: boolean },
): Uncoded {
  const better = suggestion(name, earlier);
  const reason = isLater
    ? `The layer "${name}" is not before this one.`
    : `No layer "${name}" before this one.`;
  const known = [...earlier].slice(-mostNames).map((name) => `"${name}"`);
  const hint = better ? ` Did you mean "${better}"?` : ` There are ${known.join(", ")}.`;
  return error(
    node,
    reason + hint,
    ...(better ? [fix(`Change to "${better}"`, replace(node, JSON.stringify(better)))] : []),
  );
}

/** The nearest ones; a deep net has hundreds. */
const mostNames = 12;

/** The texts in a layer's `inputs`. */
export function referencesOf(layer: Node): readonly Node[] {
  const inputs = member(layer, "inputs");
  return inputs?.type === "array" ? items(inputs) : inputs ? [inputs] : [];
}

/** Layers without a name are named after type and count, as `dense_1`; the shapes tell whether one exists. */
const isGenerated = (name: string): boolean => /^[A-Za-z0-9]+_\d+$/.test(name);
