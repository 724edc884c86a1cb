import { findingLine } from "../api/checkExperiment.ts";
import { type Evaluated, type EvaluateOptions, evaluateModel } from "../api/evaluate.ts";
import { counted, grouped, percent } from "../grouped.ts";
import { saysMore } from "../tasks/classificationMetrics.ts";
import { metricText } from "../tasks/metricText.ts";
import { learned } from "../terminal/learned.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { table } from "../terminal/wording.ts";

/** `distill evaluate RUN|MODEL --data FILE`, or `distill evaluate EXPERIMENT --teacher`. */
export async function evaluate(
  reference: string,
  { json, ...options }: EvaluateOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const found = await evaluateModel(reference, options, (line) => complain(terminal, line));
  if ("findings" in found) {
    complain(terminal, ...found.findings.map(findingLine));
    return exit.wrongFile;
  }
  if ("problem" in found) {
    const { code, message, hint } = found.problem;
    complain(terminal, message, ...(hint === undefined ? [] : [hint]));
    return code === "teacher-stopped" ? exit.stopped : exit.failed;
  }
  const { stageText: _, ...told } = found;
  if (json) printJson(terminal, told);
  else print(terminal, ...lines(found));
  return exit.done;
}

function lines({
  model,
  stageText,
  split,
  samples,
  parameters,
  learned: its,
  reading,
  warnings,
  metrics,
  confusion,
  classNames,
}: Evaluated): string[] {
  const named = (label: number) => classNames?.[label] ?? String(label);
  const worst = (confusion ?? []).flatMap((row, label) =>
    row.map((times, found) => ({ label, found, times })),
  );
  const [most] = worst.filter(({ label, found }) => label !== found).sort((a, b) => b.times - a.times);
  return [
    // First, as a terminal shows the end of the output.
    ...(confusion === undefined ? [] : byClass(confusion, named)),
    `${shown(model)} on ${split}, ${grouped(samples)} samples`,
    ...(reading === undefined ? [] : [`  ${reading}`]),
    ...table([
      ...(stageText === undefined ? [] : [["  stage", stageText]]),
      ...(parameters === undefined ? [] : [["  parameters", grouped(parameters)]]),
      ...(its === undefined ? [] : [["  learned", learned(its)]]),
      ...Object.entries(metrics)
        .filter(([name]) => saysMore(name, confusion?.length ?? Number.POSITIVE_INFINITY))
        .map(([name, number]) => [`  ${name}`, metricText(name, number)]),
      ...(most === undefined || most.times === 0
        ? []
        : [
            [
              "  most confused",
              `${named(most.label)} predicted as ${named(most.found)}, ${counted(most.times, "time")}`,
            ],
          ]),
    ]),
    ...warnings.map(({ code, message }) => `warning: ${message} [${code}]`),
  ];
}

/** As many classes as fit on a screen; --json has them all. */
const mostShown = 20;

/** The classes by recall, the worst first. */
function byClass(confusion: readonly (readonly number[])[], named: (label: number) => string): string[] {
  const rows = confusion
    .map((row, label) => {
      const samples = row.reduce((sum, times) => sum + times, 0);
      const [wrong] = row
        .map((times, found) => ({ times, found }))
        .filter(({ times, found }) => found !== label && times > 0)
        .sort((a, b) => b.times - a.times);
      return { label, samples, recall: (row[label] as number) / samples, wrong };
    })
    .filter(({ samples }) => samples > 0)
    .sort((a, b) => a.recall - b.recall);
  const shown = rows.slice(0, mostShown);
  return [
    ...table(
      [
        ["  class", "recall", "samples", "mostly taken for"],
        ...shown.map(({ label, samples, recall, wrong }) => [
          `  ${named(label)}`,
          percent(recall),
          grouped(samples),
          wrong === undefined ? "" : `${named(wrong.found)} (${grouped(wrong.times)})`,
        ]),
      ],
      { alignRight: [1, 2] },
    ),
    ...(rows.length > mostShown ? [`  … and ${grouped(rows.length - mostShown)} with higher recall`] : []),
    "",
  ];
}
