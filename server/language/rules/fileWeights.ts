import { matchRemarks, type WeightProblem } from "../../nets/weightMatch.ts";
import { quoted } from "../../parameters/words.ts";
import { error, type Fix, fix, replace, type Span, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { type FileWeightsModel, fileWeightsOf } from "../model/fileWeights.ts";
import type { Model } from "../model/model.ts";
import { member } from "../model/values.ts";
import { keyOf, properties } from "../parse.ts";
import { oneLine } from "../skeleton.ts";
import { suggestion } from "../suggest.ts";
import type { Rule } from "./rule.ts";

/** A student's weights that are not in the file that it takes them from, or of which nothing tells where. */
export const fileWeights: Rule = {
  code: "weights-missing",
  *check(model) {
    const known = fileWeightsOf(model);
    if (!known?.match) return;
    const { file, match } = known;
    for (const problem of match.problems) {
      const { code, message } = problem;
      const { span, fixes } = placeOf(problem, known, model);
      yield { ...error(span, message, ...fixes), code };
    }
    if (match.problems.length > 0) return;
    for (const { code, message } of matchRemarks(match)) {
      const fixes = code === "weights-order" ? [writtenOut(match.pairs, known, model)] : [];
      yield { ...warning(file.reference.node, message, ...fixes), code };
    }
  },
};

/** Where a problem stands, and what mends it. */
function placeOf(
  { key, meant, guess }: WeightProblem,
  known: FileWeightsModel,
  model: Model,
): { readonly span: Span; readonly fixes: readonly Fix[] } {
  const { file, names, match } = known;
  const fixes = guess ? [writtenOut({ ...match?.pairs, ...guess }, known, model)] : [];
  const property = properties(names).find((property) => keyOf(property) === key);
  const [name, value] = property?.children ?? [];
  const span = (meant?.of === "key" ? name : value) ?? file.reference.node;
  const written = meant && (meant.of === "key" ? key : value?.value);
  const word = typeof written === "string" ? suggestion(written, meant?.names ?? []) : undefined;
  if (word === undefined) return { span, fixes };
  return { span, fixes: [fix(`Change to ${quoted(word)}`, replace(span, quoted(word))), ...fixes] };
}

/** `weightNames` with all that was found. */
function writtenOut(
  pairs: Readonly<Record<string, string>>,
  { names }: FileWeightsModel,
  { student, parsed }: Model,
): Fix {
  const title = "Write out whose weights they are";
  if (names) return fix(title, replace(names, oneLine(pairs)));
  const node = member(student?.node, "weights")?.parent?.parent;
  if (!node) throw new Error("the student has no weights");
  return fix(title, insertProperty(parsed.text, node, "weightNames", oneLine(pairs)));
}
