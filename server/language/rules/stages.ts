import type { Node } from "jsonc-parser";
import { quoted } from "../../parameters/words.ts";
import { error, fix, type Uncoded, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Model } from "../model/model.ts";
import { stageNodes } from "../model/stages.ts";
import { member, textOf } from "../model/values.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Stages that a report could not tell apart, and what no stage takes from the experiment. */
export const stages: Rule = {
  code: "stage-name",
  *check(model) {
    const taken = new Set<string>();
    for (const stage of stageNodes(model.root)) {
      const node = member(stage, "name");
      const name = textOf(node);
      if (!node || name === undefined) continue;
      if (taken.has(name))
        yield error(node, `Another stage is called ${quoted(name)}. Give each its own name.`);
      taken.add(name);
    }
    for (const found of unused(model)) yield { ...found, code: "stage-unused" };
  },
};

/** Values of the experiment that each stage replaces. */
function* unused({ root, at, parsed: { text } }: Model): Generator<Uncoded> {
  const nodes = stageNodes(root);
  if (nodes.length === 0) return;
  const isReplaced = (...keys: string[]) =>
    nodes.every((stage) => keys.some((key) => member(stage, key) ?? member(member(stage, "training"), key)));
  const candidates: [boolean, (Node | undefined)[]][] = [
    [isReplaced("losses"), [at("losses"), at("temperature"), at("alpha")]],
    [isReplaced("optimizer"), [at("optimizer")]],
    [isReplaced("schedule"), [at("schedule")]],
    [isReplaced("epochs", "steps"), [at("training", "epochs"), at("training", "steps")]],
  ];
  for (const value of candidates.flatMap(([isSo, values]) => (isSo ? values : []))) {
    const property = value && propertyOf(value);
    if (!value || !property) continue;
    const key = textOf(property.children?.[0]) ?? "";
    yield warning(
      headOf(value),
      `Each stage has its own ${key === "temperature" || key === "alpha" ? "`losses`" : key === "epochs" || key === "steps" ? "length" : `\`${key}\``}, so this is not used. Remove it.`,
      fix(`Remove "${key}"`, removeItem(text, property)),
    );
  }
}
