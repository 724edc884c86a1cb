import type { Node } from "jsonc-parser";
import { oneOf, quoted } from "../../parameters/words.ts";
import { error, type Fix, fix, replace, type Uncoded } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { member } from "../model/values.ts";
import { keyOf, properties } from "../parse.ts";
import { oneLine } from "../skeleton.ts";
import { suggestion } from "../suggest.ts";
import { otherValues, sweepPathProblem, sweepPaths } from "../sweepPaths.ts";
import { parsePath } from "../valuePath.ts";
import type { Rule } from "./rule.ts";

/** A path of a sweep that is not a value of the experiment: it would vary nothing. */
export const sweepPath: Rule = {
  code: "sweep-path",
  *check({ root, at, parsed }) {
    for (const property of properties(member(at("sweep"), "parameters"))) {
      const key = property.children?.[0];
      const problem = key && sweepPathProblem(keyOf(property), root);
      if (!key || !problem) continue;
      yield conditional(key, root, parsed.text) ?? finding(key, problem, root);
    }
  },
};

/** A value that the experiment has only with some values of another parameter, which nothing says yet. */
function conditional(key: Node, root: Node, text: string): Uncoded | undefined {
  const path = String(key.value);
  const sweep = member(root, "sweep");
  const conditions = member(sweep, "conditions");
  if (sweep === undefined || member(conditions, path) !== undefined) return undefined;
  const where = otherValues(root).filter(({ tried }) => sweepPathProblem(path, tried) === undefined);
  const of = where[0]?.value.path;
  if (of === undefined) return undefined;
  const values = where.flatMap(({ value }) => (value.path === of ? [oneLine(value.value)] : []));
  const condition = `{ ${quoted(of)}: [${values.join(", ")}] }`;
  const add =
    conditions?.type === "object"
      ? insertProperty(text, conditions, path, condition)
      : insertProperty(text, sweep, "conditions", `{ ${quoted(path)}: ${condition} }`);
  return error(
    key,
    `There is ${quoted(path)} only where ${quoted(of)} is ${oneOf(values)}: the sweep needs a condition.`,
    ...(conditions === undefined || conditions.type === "object"
      ? [fix(`Try it only where ${quoted(of)} is ${oneOf(values)}`, add)]
      : []),
  );
}

function finding(key: Node, problem: string, root: Node): Uncoded {
  const written = String(key.value);
  // The key has its own replacement; another value of the same name is not meant.
  const better = written === "seed" ? undefined : meant(written, root);
  const hint = better === undefined ? "" : ` Did you mean ${quoted(better)}?`;
  const fixes: Fix[] =
    better === undefined ? [] : [fix(`Change to ${quoted(better)}`, replace(key, quoted(better)))];
  return error(key, problem + hint, ...fixes);
}

/** The closest spelling, else the only path that ends in the same key. */
function meant(written: string, root: Node): string | undefined {
  const used = new Set(sweptKeys(root));
  const free = sweepPaths(root)
    .map(({ path }) => path)
    .filter((path) => !used.has(path));
  const last = lastKey(written);
  const same = free.filter((path) => lastKey(path) === last);
  return (same.length === 1 ? same[0] : undefined) ?? suggestion(written, free);
}

const sweptKeys = (root: Node): string[] =>
  properties(member(member(root, "sweep"), "parameters")).map(keyOf);

/** Undefined where it is not a path. */
const lastKey = (path: string): string | number | undefined => parsePath(path)?.at(-1);
