import type { Node } from "jsonc-parser";
import { grouped } from "../../grouped.ts";
import { type HeldBack, heldBackSplits } from "../../heldBack.ts";
import { holdsSamples, type LeakFacts } from "../facts.ts";
import { error, type Fix, fix, replace, warning } from "../finding.ts";
import { insertProperty, removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { type SourceModel, sourceModel } from "../model/data.ts";
import type { Model } from "../model/model.ts";
import { countOf, member } from "../model/values.ts";
import { propertyOf } from "../parse.ts";
import { normalised } from "../references.ts";
import type { Rule } from "./rule.ts";

/**
 * Samples of a split that are also in another: results on it do not generalise. Compares samples where they have been read, as
 * in the trainer; else the files that the text names.
 */
export const leaks: Rule = {
  code: "leak",
  *check(model) {
    const found = model.samples === undefined ? sameFiles(model) : (model.samples.facts?.leaks ?? []);
    for (const { code, severity, of, message, hint } of found) {
      const at = severity === "error" ? error : warning;
      yield {
        ...at(headOf(model.at("data", of) ?? model.root), `${message} ${hint}`, ...fixesOf(code, model)),
        code,
      };
    }
  },
};

/** Splits with the same samples of the same files or copies, for files too large to be read. */
function* sameFiles({ data, at, files }: Model): Iterable<LeakFacts> {
  const { train, shares } = data;
  const share = (name: string) => (isHeldBack(name) ? shares[name] : undefined);
  const [validation, test] = [heldBackFrom(train, data, "validation"), heldBackFrom(train, data, "test")];
  const unlabelled = sourceModel(at("data", "unlabelled"), files);
  const teacher = sourceModel(at("teacher", "train", "data"), files);
  const pairs = [
    ["test", test, "validation", test === train && validation === train ? undefined : validation],
    ["test", data.test, "train", train],
    ["validation", data.validation, "train", train],
    ["test", test, "unlabelled", unlabelled],
    ["validation", validation, "unlabelled", unlabelled],
    ["test", test, "teacher", teacher],
    ["validation", validation, "teacher", teacher],
  ] as const;
  for (const [of, inner, name, outer] of pairs) {
    const common = commonOf(inner, outer, { inner: share(of), outer: share(name) });
    if (common === undefined) continue;
    const isShared = [of, name].some((one) => share(one) !== undefined);
    yield {
      code: `${of}-in-${name}`,
      severity: name === "validation" && common.share > 0.1 ? "error" : "warning",
      of,
      message: `${amount(of, common, { isShare: share(of) !== undefined, isShared })} ${inWords[name]}, too.`,
      hint: "Results on them say nothing about new samples.",
    };
  }
}

const isHeldBack = (name: string): name is HeldBack => heldBackSplits.some((split) => split === name);

/** The source that a split's samples are of. */
const heldBackFrom = (train: SourceModel | undefined, data: Model["data"], split: HeldBack) =>
  data.shares[split] === undefined ? data[split] : train;

const inWords = {
  validation: "the validation samples, which select the best student",
  train: "the training samples",
  unlabelled: "the training samples without labels",
  teacher: "what the teacher is trained on",
};

/**
 * "The test samples are", "500 of the 2,000 test samples are among".
 * @param isShare they are held out of the training samples; `isShared`: these, or those that they are among
 */
function amount(
  of: string,
  { count, total, isAll, isSame }: Common,
  { isShare, isShared }: { readonly isShare: boolean; readonly isShared: boolean },
): string {
  if (isShare) return `${isAll ? "The" : "Some of the"} ${of} samples, held out of \`data.train\`, are among`;
  if (isShared) return `Some of the ${of} samples are among`;
  if (isSame) return `The ${of} samples are`;
  if (isAll) return `The ${of} samples are among`;
  if (!Number.isFinite(count) || total === undefined) return `Some of the ${of} samples are among`;
  return `${grouped(count)} of the ${grouped(total)} ${of} samples are among`;
}

/** Samples that two sources share, by their positions in the same file. */
interface Common {
  readonly count: number;
  /** Samples of the first source. */
  readonly total: number | undefined;
  /** Both sources have the same samples. */
  readonly isAll: boolean;
  readonly isSame: boolean;
  /** The larger of the shares of either; 1 where it is not known. */
  readonly share: number;
}

/** @param parts shares of the samples that count; all by default */
function commonOf(
  inner: SourceModel | undefined,
  outer: SourceModel | undefined,
  parts: { readonly inner: number | undefined; readonly outer: number | undefined },
): Common | undefined {
  if (inner === undefined || outer === undefined || inner.files.length === 0) return undefined;
  if (samplesOf(inner) !== samplesOf(outer)) return undefined;
  const [a, b] = [placesOf(inner), placesOf(outer)];
  const count = Math.min(a.end, b.end) - Math.max(a.start, b.start);
  if (!(count > 0)) return undefined;
  const isAll = a.start >= b.start && a.end <= b.end;
  const share = Math.max(
    ((parts.outer ?? 1) * count) / (a.end - a.start),
    ((parts.inner ?? 1) * count) / (b.end - b.start),
  );
  return {
    count,
    total: inner.count,
    isAll,
    isSame: isAll && a.start === b.start && a.end === b.end,
    share: Number.isFinite(share) ? share : 1,
  };
}

/** Range of a source's samples in its file; the end is infinite where their number is not known. */
function placesOf({ node, count }: SourceModel): { readonly start: number; readonly end: number } {
  const start = countOf(member(node, "skip")) ?? 0;
  return { start, end: start + (count ?? countOf(member(node, "take")) ?? Number.POSITIVE_INFINITY) };
}

/** The files' contents where they are known, else their names; labels need not be read. */
const samplesOf = ({ files }: SourceModel): string =>
  JSON.stringify(
    files
      .filter(({ reference }) => holdsSamples(reference))
      .map(({ reference: { path, arrays, images }, knowledge }) => [
        knowledge?.facts?.content ?? normalised(path),
        arrays?.features ?? null,
        images?.part ?? "train",
      ]),
  );

function fixesOf(code: string, model: Model): Fix[] {
  const {
    data,
    at,
    parsed: { text },
  } = model;
  if (code.endsWith("-in-teacher")) {
    const own = at("teacher", "train", "data");
    const property = own && propertyOf(own);
    return property
      ? [
          fix("Train the teacher on the student's training samples", removeItem(text, property)),
          ...(own && code === "validation-in-teacher" ? skipFix(own, model) : []),
        ]
      : [];
  }
  if (code === "test-in-train" || /-in-(unlabelled|start)$/.test(code) || data.validation === undefined)
    return [];
  return [fix("Hold out a tenth of the training samples", replace(data.validation.node, '{ "split": 0.1 }'))];
}

/** Where the student uses the first samples of the teacher's file, the teacher can use the rest. */
function skipFix(own: Node, { data: { train, validation }, files, parsed: { text } }: Model): Fix[] {
  const teacher = sourceModel(own, files);
  if (validation !== undefined || !train || !teacher || member(own, "skip")) return [];
  const { end } = placesOf(train);
  if (samplesOf(train) !== samplesOf(teacher) || !(end < placesOf(teacher).end)) return [];
  const title = `Leave the ${grouped(end)} samples of the student out of the teacher's`;
  return [fix(title, insertProperty(text, own, "skip", String(end)))];
}
