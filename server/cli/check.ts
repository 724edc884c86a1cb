import { taskOf } from "../tasks/tasks.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { checkExperiment } from "./experiment.ts";
import { shown } from "./shownPath.ts";

/** `distill check FILE…`: one line per finding, `file:line:col: code message`. */
export async function check(files: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let wrong = false;
  for (const file of files) {
    const { lines, notes, experiment } = await checkExperiment(file);
    print(terminal, ...lines);
    complain(terminal, ...notes);
    const { task } = experiment ?? {};
    if (task !== undefined && task !== "classification")
      complain(terminal, `${shown(file)}: ${task}, the labels are ${taskOf(task).labels}`);
    if (lines.length === 0) complain(terminal, `${shown(file)}: no problems`);
    wrong ||= experiment === undefined;
  }
  return wrong ? exit.wrongFile : exit.done;
}
