import type { LeakFacts } from "../facts.ts";
import { error, type Fix, fix, replace, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { type SourceModel, sourceModel } from "../model/data.ts";
import type { Model } from "../model/model.ts";
import { member } from "../model/values.ts";
import { propertyOf } from "../parse.ts";
import { normalised } from "../references.ts";
import type { Rule } from "./rule.ts";

/**
 * A split that is in another one: what is measured on it says nothing about new samples. Where the samples have been read, what
 * they hold decides, as in the trainer; else the files that the text names.
 */
export const leaks: Rule = {
  code: "leak",
  *check(model) {
    const found = model.samples === undefined ? sameFiles(model) : (model.samples.facts?.leaks ?? []);
    for (const { code, severity, of, message, hint } of found) {
      const node = model.at("data", of);
      const place = (node && propertyOf(node)?.children?.[0]) ?? model.root;
      const at = severity === "error" ? error : warning;
      yield { ...at(place, `${message} ${hint}`, ...fixesOf(code, model)), code };
    }
  },
};

/** Splits that name the same files, which is all that is known of large ones. */
function* sameFiles({ data: { train, validation, test }, at, files }: Model): Iterable<LeakFacts> {
  const unlabelled = sourceModel(at("data", "unlabelled"), files);
  const teacher = sourceModel(at("teacher", "train", "data"), files);
  const pairs = [
    ["test", test, "validation", validation],
    ["test", test, "train", train],
    ["validation", validation, "train", train],
    ["test", test, "unlabelled", unlabelled],
    ["validation", validation, "unlabelled", unlabelled],
    ["test", test, "teacher", teacher],
    ["validation", validation, "teacher", teacher],
  ] as const;
  for (const [of, held, name, seen] of pairs) {
    if (!areSame(held, seen)) continue;
    yield {
      code: `${of}-in-${name}`,
      severity: name === "validation" ? "error" : "warning",
      of,
      message: `The ${of} samples are ${inWords[name]}, too.`,
      hint: "What is measured on them says nothing about new ones.",
    };
  }
}

const inWords = {
  validation: "the validation samples, which the best student is chosen by",
  train: "the training samples",
  unlabelled: "the training samples without labels",
  teacher: "what the teacher is trained on",
};

/** Samples of one file may be others where some are skipped. */
const areSame = (a: SourceModel | undefined, b: SourceModel | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.files.length > 0 &&
  samplesOf(a) === samplesOf(b) &&
  [a, b].every(({ node }) => member(node, "skip") === undefined);

/** Where the samples are; their labels need not be read. */
const samplesOf = ({ files }: SourceModel): string =>
  JSON.stringify(
    files
      .filter(({ reference: { kind } }) => !kind.endsWith("-labels"))
      .map(({ reference: { path, arrays } }) => [normalised(path), arrays?.features ?? null]),
  );

function fixesOf(code: string, { data, at, parsed: { text } }: Model): Fix[] {
  if (code.endsWith("-in-teacher")) {
    const own = at("teacher", "train", "data");
    const property = own && propertyOf(own);
    return property
      ? [fix("Train the teacher on the student's training samples", removeItem(text, property))]
      : [];
  }
  if (code === "test-in-train" || code.endsWith("-in-unlabelled") || data.validation === undefined) return [];
  return [fix("Hold out a tenth of the training samples", replace(data.validation.node, '{ "split": 0.1 }'))];
}
