import { rm, writeFile } from "node:fs/promises";
import { createExample } from "../exampleFolder.ts";
import { startingPoints } from "../language/startingPoints.ts";
import { fileError, RunError } from "../runs/runError.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { table } from "../terminal/wording.ts";
import { run } from "./run.ts";

export interface InitOptions {
  /** The number of a starting point, from 1. */
  readonly from?: string;
  readonly list?: boolean;
  /** Makes a folder with an experiment and its data, and runs it. */
  readonly try?: boolean;
}

/** `distill init [NAME]`: a new experiment file from one of the starting points; existing files are kept. */
export async function init(
  name: string | undefined,
  { from = "1", list, try: tries }: InitOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (tries) {
    const experiment = await createExample(name ?? "digits");
    print(
      terminal,
      `${experiment}: 3,000 handwritten digits; a teacher learns from 500 labels, a student from the teacher.`,
    );
    return run(experiment, {}, terminal);
  }
  if (list) {
    print(
      terminal,
      ...table(startingPoints.map(({ label, description }, index) => [`${index + 1}`, label, description])),
    );
    return exit.done;
  }
  const point = startingPoints[Number(from) - 1];
  if (point === undefined) {
    complain(
      terminal,
      `--from is "${from}"; expected a number from 1 to ${startingPoints.length}, see distill init --list.`,
    );
    return exit.failed;
  }
  const file = fileOf(name ?? "experiment");
  try {
    await writeFile(file, point.text.endsWith("\n") ? point.text : `${point.text}\n`, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new RunError("exists", `${file} already exists.`, "Choose another name.", { cause: error });
    await rm(file, { force: true }).catch(() => {}); // written partly on a full disk
    throw fileError(error, "create", file);
  }
  print(terminal, `${file}: ${point.label}. Edit the paths in it, then: distill check ${file}`);
  return exit.done;
}

const fileOf = (name: string): string => (/\.jsonc?$/.test(name) ? name : `${name}.distill.json`);
