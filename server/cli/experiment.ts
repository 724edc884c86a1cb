import { resolve as absolute, basename, dirname, relative } from "node:path";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import type { Finding } from "../language/finding.ts";
import { checkFile } from "./checkFile.ts";
import { readText } from "./readText.ts";
import {
  type AppliedSettings,
  applySettings,
  isSettingProblem,
  parseSetting,
  type Setting,
} from "./settings.ts";

export interface CheckedExperiment {
  /** One line each: `file:line:col: code message`, or `--set path=value: code message` where a setting is at fault. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** With the defaults filled in; absent where there are errors. */
  readonly experiment?: ResolvedExperiment;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** Reads an experiment, sets the values asked for and checks it with every file that it names. */
export async function checkExperiment(
  path: string,
  sets: readonly string[] = [],
): Promise<CheckedExperiment> {
  const wrong = (errors: readonly string[]): CheckedExperiment => ({ errors, warnings: [] });
  const file = shown(path);
  const read = await readText(path);
  if ("problem" in read) {
    const { line, column, code, message } = read.problem;
    return wrong([`${file}:${line}:${column}: ${code} ${message}`]);
  }

  const parsed = sets.map(parseSetting);
  const settings = parsed.filter((it): it is Setting => !isSettingProblem(it));
  const applied = applySettings(read.text, settings);
  const refused = [...parsed, applied].filter((it) => "code" in it);
  const edited: AppliedSettings =
    "code" in applied ? { text: read.text, origin: (offset) => ({ offset }) } : applied;

  const { findings, experiment } = await checkFile(edited.text, dirname(absolute(path)));
  const lines = (severity: Finding["severity"]) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => findingLine(file, read.text, edited, finding));
  const errors = [
    ...lines("error"),
    ...refused.map(({ setting, code, message }) => `--set ${setting}: ${code} ${message}`),
  ];
  const warnings = lines("warning");
  if (errors.length > 0) return { errors, warnings };
  const { resolve } = await import("../language/resolve.ts");
  return {
    errors,
    warnings,
    experiment: resolve(experiment, nameOf(path)),
    ...(settings.length > 0
      ? {
          overrides: Object.fromEntries(
            settings.map(({ text, value }) => [text.split("=", 1)[0] ?? "", value]),
          ),
        }
      : {}),
  };
}

/** `mnist` for `examples/mnist.distill.json`. */
export const nameOf = (path: string): string => basename(path).replace(/(\.distill)?\.jsonc?$/, "");

/** Relative to the working directory where that does not lead out of it. */
export function shown(path: string): string {
  const inside = relative(process.cwd(), absolute(path));
  return inside === "" || inside.startsWith("..") ? path : inside;
}

function findingLine(file: string, text: string, { origin }: AppliedSettings, finding: Finding): string {
  const said = `${finding.code} ${finding.severity === "warning" ? "warning: " : ""}${finding.message}`;
  const from = origin(finding.span.offset);
  if ("setting" in from) return `--set ${from.setting.text}: ${said}`;
  const before = text.slice(0, from.offset).split("\n");
  return `${file}:${before.length}:${(before.at(-1) ?? "").length + 1}: ${said}`;
}
