import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { checkExperiment, shown } from "./experiment.ts";

/** `distill check FILE…`: every finding on a line of its own, `file:line:col: code message`. */
export async function check(files: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let wrong = false;
  for (const file of files) {
    const { errors, warnings } = await checkExperiment(file);
    print(terminal, ...errors, ...warnings);
    if (errors.length + warnings.length === 0) complain(terminal, `${shown(file)}: no problems`);
    wrong ||= errors.length > 0;
  }
  return wrong ? exit.wrongFile : exit.done;
}
