import type { Node } from "jsonc-parser";
import { counted, grouped } from "../../grouped.ts";
import { type Fix, fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { items, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Labels that look like something other than classes. */
export const classCounts: Rule = {
  code: "odd-classes",
  *check({ at, data: { train }, samples, parsed }) {
    const { classCounts: counts, areNamed = false } = samples?.facts ?? {};
    const isReported = samples?.facts?.remarks?.some(({ code }) => code === "absent-classes");
    const label = member(train?.node, "label") ?? train?.files.at(-1)?.reference.node;
    if (counts === undefined || label === undefined) return;
    const message =
      (areNamed ? undefined : unlikely(counts)) ??
      (at("data", "classes") || isReported || leavesOut(at("data", "exclude"), 0)
        ? undefined
        : gaps(counts)) ??
      rare(counts);
    const fixes = message === startsAtOne ? leaveOutZero(parsed.text, at("data")) : [];
    if (message !== undefined) yield warning(label, message, ...fixes);
  },
};

/** Counts may be of before that was said. */
const leavesOut = (exclude: Node | undefined, label: number): boolean =>
  items(exclude).some(({ value }) => value === label);

/** More classes than this with fewer than three samples each on average are probably not classes. */
const mostLikelyClasses = 20;

/** @param counts samples of each class */
function unlikely(counts: readonly number[]): string | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  if (present <= mostLikelyClasses || total >= 3 * present) return undefined;
  return `${counted(total, "sample")} have ${grouped(present)} different labels: this looks like regression. If they are numbers, say so: "task": "regression"; else choose another label.`;
}

/** What a message says of labels without a class 0, which is no class then. */
export const leavesOutZero =
  'No sample is of class 0: the labels seem to start at 1. With "exclude": [0] in `data` the others are all there are.';

const startsAtOne = `${leavesOutZero} Set \`data.classes\` if there is a class 0.`;

/** Whether the labels are numbers from 1 on. */
export const lacksZero = (counts: readonly number[] = []): boolean =>
  counts.length > 2 && counts[0] === 0 && counts.slice(1).every((count) => count > 0);

export function leaveOutZero(text: string, data: Node | undefined): Fix[] {
  if (data === undefined || member(data, "exclude")) return [];
  return [fix('Add "exclude": [0]', insertProperty(text, data, "exclude", "[0]"))];
}

/** Classes without samples below the largest one: intended where `data.classes` says so. */
function gaps(counts: readonly number[]): string | undefined {
  const empty = counts.flatMap((count, index) => (count === 0 ? [index] : []));
  if (empty.length === 0) return undefined;
  if (empty.length === 1 && empty[0] === 0) return startsAtOne;
  const shown = `${empty.slice(0, 8).join(", ")}${empty.length > 8 ? ", …" : ""}`;
  return `Of the classes 0 … ${counts.length - 1}, ${empty.length} ${empty.length === 1 ? "has" : "have"} no training sample: ${shown}. Number the classes without gaps, or set \`data.classes\` if this is intended.`;
}

function rare(counts: readonly number[]): string | undefined {
  const single = counts.filter((count) => count === 1).length;
  if (single === 0) return undefined;
  return `${single} of ${counts.length} classes ${single === 1 ? "has" : "have"} a single training sample, too few to learn a class or to hold one out.`;
}
