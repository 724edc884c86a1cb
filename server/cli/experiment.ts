import { resolve as absolute, basename, dirname } from "node:path";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { type Diagnostic, hasErrors } from "../language/check.ts";
import { resolve } from "../language/resolve.ts";
import { applySettings, isSettingProblem, parseSetting, type Setting } from "../language/settings.ts";
import { expand, type Settings } from "../sweep/expand.ts";
import { checkFile } from "./checkFile.ts";
import { readText } from "./readText.ts";
import { shown } from "./shownPath.ts";

export interface CheckedExperiment {
  /** One each: `file:line:col: code message`, or `--set path=value: code message` where a setting is at fault. */
  readonly lines: readonly string[];
  /** Notes that are not findings. */
  readonly notes: readonly string[];
  /** Codes of the warnings among them. */
  readonly warned?: ReadonlySet<string>;
  /** With the defaults filled in; absent on errors. */
  readonly experiment?: ResolvedExperiment;
  /** For a sweep or seeds: the file's experiment, and each run's own values. */
  readonly sweep?: { readonly experiment: Experiment; readonly members: readonly Settings[] };
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** Reads an experiment, applies settings and checks it with every file that it names. */
export async function checkExperiment(
  path: string,
  sets: readonly string[] = [],
): Promise<CheckedExperiment> {
  const file = shown(path);
  const read = await readText(path);
  if ("problem" in read) {
    const { line, column, code, message } = read.problem;
    return { lines: [`${file}:${line}:${column}: ${code} ${message}`], notes: [] };
  }

  const parsed = sets.map(parseSetting);
  const settings = parsed.filter((it): it is Setting => !isSettingProblem(it));
  const applied = applySettings(read.text, settings);
  const refused = [...parsed.filter(isSettingProblem), ...applied.refused];

  const { diagnostics, offsetOf, note, experiment } = await checkFile(applied.text, dirname(absolute(path)));
  const place = (diagnostic: Diagnostic) => {
    const from = applied.origin(offsetOf(diagnostic));
    return "setting" in from
      ? `--set ${from.setting.text}`
      : `${file}:${lineAndColumn(read.text, from.offset)}`;
  };
  const lines = [
    ...diagnostics.map((diagnostic) => diagnosticLine(diagnostic, place(diagnostic))),
    ...refused.map(({ setting, code, message }) => `--set ${setting}: ${code} ${message}`),
  ];
  const notes = note === undefined ? [] : [`${file}: ${note}`];
  if (refused.length > 0 || hasErrors(diagnostics)) return { lines, notes };
  const overrides = settings.map(({ text, value }) => [text.slice(0, text.indexOf("=")).trim(), value]);
  const members = expand(experiment);
  return {
    lines,
    notes,
    warned: new Set(diagnostics.map(({ code }) => code)),
    experiment: resolve(experiment, nameOf(path)),
    ...(members.length > 0 ? { sweep: { experiment, members } } : {}),
    ...(overrides.length > 0 ? { overrides: Object.fromEntries(overrides) } : {}),
  };
}

/** `mnist` for `examples/mnist.distill.json`. */
export const nameOf = (path: string): string => basename(path).replace(/(\.distill)?\.jsonc?$/, "");

function diagnosticLine({ code, severity, message }: Diagnostic, place: string): string {
  return `${place}: ${code} ${severity === "warning" ? "warning: " : ""}${message}`;
}

/** Both from 1, the column in UTF-16 code units, as in editors. */
function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1) ?? "").length + 1}`;
}
