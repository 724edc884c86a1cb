import type { Node } from "jsonc-parser";
import { counted } from "../../grouped.ts";
import { countRuns, isDrawn, type Sweeping } from "../../sweep/expand.ts";
import { mostRuns } from "../../sweep/mostRuns.ts";
import { error, fix, type Uncoded, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { items, member } from "../model/values.ts";
import { dataOf, properties, propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** A plausible number of runs for a night. */
const manyRuns = 100;

/** The number of runs: none, duplicates, or implausibly many. */
export const sweepSize: Rule = {
  code: "sweep-size",
  *check({ root, at, parsed }) {
    const sweep = at("sweep");
    const parameters = member(sweep, "parameters");
    if (parameters?.type === "object" && properties(parameters).length === 0)
      yield error(parameters, "Nothing varies: give at least one path with its values.");
    for (const list of [...properties(parameters).map(listOf), at("seeds")])
      yield* repeated(list, parsed.text);

    const runs = member(sweep, "runs");
    const runsProperty = runs && propertyOf(runs);
    if (runsProperty && !draws(sweep))
      yield warning(
        headOf(runs),
        '`runs` counts only with `"method": "random"`, `"halving"`, `"asha"` or `"tpe"`: a grid runs every combination.',
        fix('Remove "runs"', removeItem(parsed.text, runsProperty)),
      );

    const count = countRuns(dataOf(root) as Sweeping) ?? 0;
    const place = sweep ?? at("seeds");
    const head = place && headOf(place);
    if (!head || count <= manyRuns) return;
    const words = `These are ${counted(count, "run")}`;
    yield count > mostRuns
      ? error(head, `${words}; at most ${counted(mostRuns, "run")} are possible. ${wayToFewer(sweep)}`)
      : warning(head, `${words}. ${wayToFewer(sweep)}`);
  },
};

function wayToFewer(sweep: Node | undefined): string {
  if (sweep === undefined) return "Fewer `seeds` make fewer.";
  return draws(sweep) ? "`runs` and `seeds` say how many." : '`"method": "random"` tries some of them.';
}

/** Whether combinations are drawn; an explicit grid of a range is reported by `sweepRange`. */
const draws = (sweep: Node | undefined): boolean =>
  isDrawn(dataOf(member(sweep, "method"))) ||
  properties(member(sweep, "parameters")).some((property) => listOf(property)?.type === "object");

const listOf = (property: Node): Node | undefined => property.children?.[1];

/** The same value twice in a list is the same run twice. */
function* repeated(list: Node | undefined, text: string): Generator<Uncoded> {
  const earlier = new Set<string>();
  for (const item of items(list)) {
    const value = JSON.stringify(dataOf(item));
    if (earlier.has(value))
      yield warning(
        item,
        "Duplicate value: the same run would be trained twice.",
        fix("Remove it", removeItem(text, item)),
      );
    earlier.add(value);
  }
}
