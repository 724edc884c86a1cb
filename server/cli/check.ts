import { checkExperiment, findingLine } from "../api/checkExperiment.ts";
import { taskOf } from "../tasks/tasks.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";

/** `distill check FILE…`: one line per finding, `file:line:col: code message`. */
export async function check(files: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let wrong = false;
  for (const file of files) {
    const { findings, notes, experiment } = await checkExperiment(file);
    print(terminal, ...findings.map(findingLine));
    complain(terminal, ...notes);
    const { task } = experiment ?? {};
    if (task !== undefined && task !== "classification")
      complain(terminal, `${shown(file)}: ${task}, the labels are ${taskOf(task).labels}`);
    if (findings.length === 0) complain(terminal, `${shown(file)}: no problems`);
    wrong ||= experiment === undefined;
  }
  return wrong ? exit.wrongFile : exit.done;
}
