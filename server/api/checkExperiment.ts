import { resolve as absolute, basename, dirname } from "node:path";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import type { Diagnostic } from "../language/check.ts";
import type { Severity } from "../language/finding.ts";
import type { OtherFacts } from "../language/model/model.ts";
import { resolve } from "../language/resolve.ts";
import { applySettings, isSettingProblem, parseSetting, type Setting } from "../language/settings.ts";
import { countRuns, expand, isProposing, type Settings } from "../sweep/expand.ts";
import { largeOnes } from "../sweep/leftOut.ts";
import { shown } from "../terminal/shownPath.ts";
import { checkFile } from "./checkFile.ts";
import { readText } from "./readText.ts";

/** A mistake or a doubt, with its place. */
export interface ExperimentFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** As it was given. */
  readonly file: string;
  /** Both from 1, the column in UTF-16 code units, as in editors. */
  readonly line?: number;
  readonly column?: number;
  /** In place of line and column: the setting that is at fault, as `path=value`. */
  readonly setting?: string;
}

export interface CheckedExperiment {
  readonly findings: readonly ExperimentFinding[];
  /** Notes that are not findings. */
  readonly notes: readonly string[];
  /** With the defaults filled in; absent on errors. */
  readonly experiment?: ResolvedExperiment;
  /**
   * For a sweep or seeds: the file's experiment, the own values of each run that is known, and how many there will be, where others
   * are proposed by what these reach.
   */
  readonly sweep?: {
    readonly experiment: Experiment;
    readonly members: readonly Settings[];
    readonly planned?: number;
    /** Combinations that are left out, as their students are too large. */
    readonly large?: Job["large"] | undefined;
  };
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** Reads an experiment, applies settings and checks it with every file that it names. */
export async function checkExperiment(
  file: string,
  sets: readonly string[] = [],
  where: Pick<OtherFacts, "executor"> = {},
): Promise<CheckedExperiment> {
  const read = await readText(file);
  if ("problem" in read) return { findings: [{ ...read.problem, severity: "error", file }], notes: [] };

  const parsed = sets.map(parseSetting);
  const settings = parsed.filter((it): it is Setting => !isSettingProblem(it));
  const applied = applySettings(read.text, settings);
  const refused = [...parsed.filter(isSettingProblem), ...applied.refused];

  const { diagnostics, offsetOf, note, experiment, budget } = await checkFile(
    applied.text,
    dirname(absolute(file)),
    where,
  );
  const place = (diagnostic: Diagnostic) => {
    const from = applied.origin(offsetOf(diagnostic));
    return "setting" in from ? { setting: from.setting.text } : lineAndColumn(read.text, from.offset);
  };
  const findings: readonly ExperimentFinding[] = [
    ...diagnostics.map((diagnostic) => {
      const { code, severity, message } = diagnostic;
      return { code, severity, message, file, ...place(diagnostic) };
    }),
    ...refused.map((problem) => ({ ...problem, severity: "error", file }) as const),
  ];
  const notes = note === undefined ? [] : [`${shown(file)}: ${note}`];
  if (findings.some(({ severity }) => severity === "error")) return { findings, notes };
  const overrides = settings.map(({ text, value }) => [text.slice(0, text.indexOf("=")).trim(), value]);
  const members = expand(experiment, { fits: budget?.fits });
  const large = largeOnes(budget?.refused ?? []);
  return {
    findings,
    notes,
    experiment: resolve(experiment, nameOf(file)),
    ...(members.length > 0
      ? { sweep: { experiment, members, large, ...plannedBeyond(members, experiment) } }
      : {}),
    ...(overrides.length > 0 ? { overrides: Object.fromEntries(overrides) } : {}),
  };
}

function plannedBeyond(members: readonly Settings[], experiment: Experiment): { readonly planned?: number } {
  const planned = countRuns(experiment) ?? 0;
  return isProposing(experiment) && planned > members.length ? { planned } : {};
}

/** `file:line:col: code message`, or `--set path=value: code message` where a setting is at fault, or its own option where it was given by one. */
export function findingLine({
  code,
  severity,
  message,
  file,
  line,
  column,
  setting,
  flag,
}: ExperimentFinding & { readonly flag?: string | undefined }): string {
  const place = setting === undefined ? `${shown(file)}:${line}:${column}` : (flag ?? `--set ${setting}`);
  return `${place}: ${code} ${severity === "warning" ? "warning: " : ""}${message}`;
}

/** `mnist` for `examples/mnist.distill.json`. */
export const nameOf = (path: string): string => basename(path).replace(/(\.distill)?\.jsonc?$/, "");

function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
