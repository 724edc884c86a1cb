import { rm, writeFile } from "node:fs/promises";
import { startingPoints } from "../language/startingPoints.ts";
import { fileError, RunError } from "../runs/runError.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { table } from "../terminal/wording.ts";

export interface InitOptions {
  /** The number of a starting point, from 1. */
  readonly from?: string;
  readonly list?: boolean;
}

/** `distill init [NAME]`: a new experiment file from one of the starting points; existing files are kept. */
export async function init(
  name: string,
  { from = "1", list }: InitOptions,
  terminal: Terminal,
): Promise<ExitCode> {
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
  const file = /\.jsonc?$/.test(name) ? name : `${name}.distill.json`;
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
