import type { Node } from "jsonc-parser";
import { quoted } from "../../parameters/words.ts";
import { error, type Fix, fix, replace, type Uncoded } from "../finding.ts";
import { member } from "../model/values.ts";
import { keyOf, properties } from "../parse.ts";
import { suggestion } from "../suggest.ts";
import { sweepPathProblem, sweepPaths } from "../sweepPaths.ts";
import { parsePath } from "../valuePath.ts";
import type { Rule } from "./rule.ts";

/** A path of a sweep that is not a value of the experiment: it would vary nothing. */
export const sweepPath: Rule = {
  code: "sweep-path",
  *check({ root, at }) {
    for (const property of properties(member(at("sweep"), "parameters"))) {
      const key = property.children?.[0];
      const problem = key && sweepPathProblem(keyOf(property), root);
      if (key && problem) yield finding(key, problem, root);
    }
  },
};

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
