import type { Node } from "jsonc-parser";
import { duration } from "../duration.ts";
import { counted } from "../grouped.ts";
import { isRecord } from "../isRecord.ts";
import { codeMarkdown } from "../markdown.ts";
import { oneOf } from "../parameters/words.ts";
import { countRuns, isDrawn, isHalving, requestedRuns, type Sweeping, startupOf } from "../sweep/expand.ts";
import { type Halving, halvingOf } from "../sweep/halving.ts";
import { rangeOf } from "../sweep/range.ts";
import { items, member, textOf } from "./model/values.ts";
import { dataOf, keyOf, properties } from "./parse.ts";
import { oneLine } from "./skeleton.ts";
import { budgetText } from "./studentBudget.ts";

/** "9 experiments"; undefined for an experiment that is a single run. */
export function experimentsText(root: Node | undefined): string | undefined {
  const count = runCount(root);
  return count === undefined ? undefined : counted(count, "experiment");
}

const runCount = (root: Node | undefined): number | undefined =>
  root?.type === "object" ? countRuns(dataOf(root) as Sweeping) : undefined;

/** What a run takes. */
export interface RunTime {
  /** Of the student; undefined where they are not known. */
  readonly steps: number | undefined;
  /** Of a step in a former run; undefined where there was none. */
  readonly stepSeconds: number | undefined;
}

/** "9 experiments: 3 × `temperature`, 3 × `alpha`", how they are drawn where not all are run, and how long they train. */
export function sweepText(root: Node | undefined, time?: RunTime): string | undefined {
  const whole = experimentsText(root);
  if (whole === undefined) return undefined;
  const sweep = member(root, "sweep");
  const parameters = properties(member(sweep, "parameters")).map((property) => {
    const given = property.children?.[1];
    const name = keyOf(property);
    return { name, path: codeMarkdown(name), given, range: rangeOf(dataOf(given)) };
  });
  const conditions = member(sweep, "conditions");
  const varied = parameters.map(({ name, path, given, range }) => {
    const tried = range ? `${path} from ${range.min} to ${range.max}` : `${items(given).length} × ${path}`;
    return tried + conditionText(member(conditions, name));
  });
  const seeds = items(member(root, "seeds")).length;
  const parts = [...varied, ...(seeds > 0 ? [counted(seeds, "seed")] : [])];
  const hasRange = parameters.some(({ range }) => range !== undefined);
  const method = textOf(member(sweep, "method"));
  const drawn = method !== "tpe" && (hasRange || isDrawn(method)) ? ", drawn at random" : "";
  const chosen = isHalving(method)
    ? ` ${halvingText(sweep)}`
    : method === "tpe"
      ? ` ${proposedText(sweep)}`
      : "";
  const budget = budgetText(root);
  const sized = budget === undefined ? "" : `, of students with ${budget}`;
  return `**${whole}**: ${parts.join(", ")}${drawn}${sized}. ${jobsText(root)}${chosen}${timeText(root, time)}`;
}

/** " where `losses[0].type` is "dkd""; empty without conditions. */
function conditionText(conditions: Node | undefined): string {
  const each = properties(conditions).map((property) => {
    const accepted = dataOf(property.children?.[1]);
    const { min, max } = isRecord(accepted) ? accepted : {};
    const bounds = [min === undefined ? "" : `at least ${min}`, max === undefined ? "" : `at most ${max}`];
    const values = Array.isArray(accepted)
      ? oneOf(accepted.map((value) => codeMarkdown(oneLine(value))))
      : bounds.filter(Boolean).join(" and ");
    return `${codeMarkdown(keyOf(property))} is ${values}`;
  });
  return each.length === 0 ? "" : ` where ${each.join(" and ")}`;
}

/** " In all about 12 min 05 s of training, at 3.1 ms a step as in the last run." Empty where it is not known. */
function timeText(root: Node | undefined, { steps, stepSeconds }: Partial<RunTime> = {}): string {
  if (steps === undefined || stepSeconds === undefined) return "";
  const seconds = wholeRuns(root) * steps * stepSeconds;
  const each = Number((1000 * stepSeconds).toPrecision(2));
  return ` In all about ${duration(seconds)} of training, at ${each} ms a step as in the last run.`;
}

/** As many runs from beginning to end take as long: with halving, most train for a part. */
function wholeRuns(root: Node | undefined): number {
  const count = runCount(root) ?? 0;
  const sweep = member(root, "sweep");
  const epochs = dataOf(member(member(root, "training"), "epochs"));
  if (!isHalving(textOf(member(sweep, "method"))) || typeof epochs !== "number") return count;
  const { eta, rung } = halvingOf(dataOf(sweep) as Halving);
  let [left, before, trained] = [count, 0, 0];
  for (let at = rung; at < epochs && left > 1; at *= eta) {
    trained += left * (at - before);
    [left, before] = [Math.max(1, Math.floor(left / eta)), at];
  }
  return (trained + left * (epochs - before)) / epochs;
}

/** How many train at a time. */
function jobsText(root: Node | undefined): string {
  const jobs = dataOf(member(root, "jobs"));
  if (jobs === 1) return "They are trained one after the other.";
  return Number.isSafeInteger(jobs)
    ? `${jobs} are trained at a time.`
    : "As many are trained at a time as the machine has cores.";
}

/** "One in 3 goes on after 1, 3, 9, … epochs." */
function halvingText(sweep: Node | undefined): string {
  const { eta, rung } = halvingOf(dataOf(sweep) as Halving);
  const soon =
    textOf(member(sweep, "method")) === "asha"
      ? ", each as soon as it is among the best of those that have come so far"
      : "";
  return `One in ${eta} goes on after ${rung}, ${rung * eta}, ${rung * eta ** 2}, … epochs${soon}.`;
}

/** "The first 5 are drawn at random, each of the others is proposed by what those before it reach on validation." */
function proposedText(sweep: Node | undefined): string {
  const count = Math.min(startupOf(dataOf(sweep) as object), requestedRuns(dataOf(member(sweep, "runs"))));
  return `The first ${count === 1 ? "combination is" : `${count} combinations are`} drawn at random, each of the others is proposed by what those before it reach on validation.`;
}
