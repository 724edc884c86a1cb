import { checkExperiment, type ExperimentFinding, findingLine } from "../api/checkExperiment.ts";
import { type TaskName, taskOf } from "../tasks/tasks.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

/** A file as `--json` tells of it; it cannot run where a finding is an error. */
interface CheckedFile {
  readonly file: string;
  readonly findings: readonly ExperimentFinding[];
  /** Absent where the file cannot run. */
  readonly task?: TaskName;
}

/** `distill check FILE…`: one line per finding, `file:line:col: code message`. */
export async function check(
  files: readonly string[],
  { json = false }: { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  let wrong = false;
  const checked: CheckedFile[] = [];
  for (const file of files) {
    const { findings, notes, experiment } = await checkExperiment(file);
    const { task } = experiment ?? {};
    checked.push({ file, findings, ...(experiment && { task: task ?? "classification" }) });
    wrong ||= experiment === undefined;
    complain(terminal, ...notes);
    if (json) continue;
    print(terminal, ...findings.map(findingLine));
    if (task !== undefined && task !== "classification")
      complain(terminal, `${shown(file)}: ${task}, the labels are ${taskOf(task).labels}`);
    if (findings.length === 0) complain(terminal, `${shown(file)}: no problems`);
  }
  if (json) printJson(terminal, checked);
  return wrong ? exit.wrongFile : exit.done;
}
