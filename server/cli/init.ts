import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { findStudent } from "../api/findStudent.ts";
import { createExample } from "../exampleFolder.ts";
import { experimentsOnFiles, type LeftOut } from "../found/experiments.ts";
import { counted } from "../grouped.ts";
import { startingPoints } from "../language/startingPoints.ts";
import type { StartingPoint } from "../protocol.ts";
import { makeFolders } from "../runs/durable.ts";
import { experimentOfRun } from "../runs/experimentOfRun.ts";
import { fileError, RunError, toOutput } from "../runs/runError.ts";
import { makeMissing } from "../sampleFiles/makeMissing.ts";
import { shellWord } from "../terminal/shellWord.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { table } from "../terminal/wording.ts";
import { run } from "./run.ts";

export interface InitOptions {
  /** The number of a starting point, from 1. */
  readonly from?: string;
  /** A run whose experiment it is. */
  readonly run?: string;
  readonly list?: boolean;
  /** Of a list. */
  readonly json?: boolean;
  /** Makes sample data for the files that the experiment names and that are not there. */
  readonly data?: boolean;
  /** Makes a folder with an experiment and its data, and runs it. */
  readonly try?: boolean;
}

/**
 * `distill init [NAME]`: a new experiment file from one of the starting points, without a number from the first one on files
 * that lie in its folder; existing files are kept.
 */
export async function init(
  name: string | undefined,
  { from, run: reference, list, json, data, try: tries }: InitOptions,
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
  if (reference !== undefined) return initFromRun(name, reference, terminal);
  const given = name === undefined ? undefined : fileOf(name);
  if (data && given !== undefined && existsSync(given)) {
    if (from === undefined) return makeData(given, terminal);
    complain(
      terminal,
      `${given} is there, and --from is of a new file: leave --from out, or choose another name.`,
    );
    return exit.failed;
  }
  const { found, leftOut, networks } = await experimentsOnFiles(dirname(resolve(given ?? "experiment")));
  // Those on files stand behind: a number means the same everywhere.
  const points = [...startingPoints, ...found];
  if (list) {
    if (json) printJson(terminal, listed(points, leftOut));
    else
      print(
        terminal,
        ...table(points.map(({ label, description }, index) => [`${index + 1}`, label, description])),
      );
    complain(terminal, ...leftOutLines("Not in the list", leftOut));
    return exit.done;
  }
  const point = from === undefined ? (found[0] ?? points[0]) : points[Number(from) - 1];
  if (point === undefined) {
    complain(
      terminal,
      `--from is "${from}"; expected a number from 1 to ${points.length}, see distill init --list.`,
    );
    return exit.failed;
  }
  // Of a folder with data an example is not what was meant, and of one with a network no teacher that is trained first.
  if (from === undefined)
    complain(terminal, ...leftOutLines("Not used", found.length === 0 ? leftOut : networks));
  const file = given ?? fileOf(point.name ?? "experiment");
  await write(file, point.text.endsWith("\n") ? point.text : `${point.text}\n`);
  const module = await writeBeside(point, dirname(file));
  const also = module === undefined ? "" : ` with ${module}`;
  print(terminal, `${file}${also}: ${point.name === undefined ? point.label : point.description}.`);
  if (point.note !== undefined) print(terminal, `${point.note}.`);
  if (data || point.isIncomplete) await makeData(file, terminal);
  print(terminal, nextOf(point, { file, isMade: data === true }));
  return exit.done;
}

/** What `--list --json` prints. */
interface ListedPoints {
  readonly startingPoints: readonly (Pick<StartingPoint, "label" | "description" | "name"> & {
    /** For `--from`. */
    readonly number: number;
  })[];
  readonly leftOut: readonly LeftOut[];
}

/** Named on the terminal. */
const mostNamed = 6;

function leftOutLines(what: string, leftOut: readonly LeftOut[]): string[] {
  const rest = leftOut.length - mostNamed;
  return [
    ...leftOut.slice(0, mostNamed).map(({ path, why }) => `${what}: ${path}, ${why}.`),
    ...(rest > 0 ? [`Nor are ${counted(rest, "other")} that --json names.`] : []),
  ];
}

const listed = (points: readonly StartingPoint[], leftOut: readonly LeftOut[]): ListedPoints => ({
  startingPoints: points.map(({ label, description, name }, index) => ({
    number: index + 1,
    label,
    description,
    ...(name === undefined ? {} : { name }),
  })),
  leftOut,
});

/** Beside the run's own file, where its paths are right; `NAME-05` of the fifth run of a sweep without a name. */
async function initFromRun(
  name: string | undefined,
  reference: string,
  terminal: Terminal,
): Promise<ExitCode> {
  const { file: own, name: numbered, text, isCopy } = await experimentOfRun(await findStudent(reference));
  const file = resolve(dirname(own), fileOf(name ?? numbered));
  if (dirname(file) !== dirname(own))
    throw new RunError(
      "other-folder",
      `${shown(file)} is not in ${shown(dirname(own))}, where the paths of the experiment are right.`,
      "Give a name without a folder.",
    );
  await write(file, text);
  const why = `${shown(own)} has changed since, or is gone: with every default filled in`;
  print(terminal, `${shown(file)}: the experiment of ${reference}${isCopy ? `. ${why}` : ""}.`);
  print(terminal, `To run it: distill run ${shellWord(shown(file))}`);
  return exit.done;
}

const nextOf = (
  { name }: StartingPoint,
  { file, isMade }: { readonly file: string; readonly isMade: boolean },
): string =>
  name !== undefined || isMade
    ? `To run it: distill run ${shellWord(file)}`
    : `Edit the paths in it, then: distill check ${shellWord(file)}. Sample data for it: distill init ${shellWord(file)} --data`;

/** Writes the file that comes with a starting point, and returns its path; one that is there stays, as it may be a person's own. */
async function writeBeside({ beside }: StartingPoint, folder: string): Promise<string | undefined> {
  if (beside === undefined) return undefined;
  const file = join(folder, beside.name);
  if (!existsSync(file)) await write(file, beside.text);
  return file;
}

const write = (file: string, text: string): Promise<void> =>
  toOutput(async () => {
    makeFolders(dirname(file));
    try {
      await writeFile(file, text, { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST")
        throw new RunError("exists", `${file} already exists.`, "Choose another name.", { cause: error });
      await rm(file, { force: true }).catch(() => {}); // written partly on a full disk
      throw fileError(error, "create", file);
    }
  });

async function makeData(file: string, terminal: Terminal): Promise<ExitCode> {
  const made = await makeMissing(await readFile(file, "utf8"), dirname(resolve(file)));
  print(terminal, made.length === 0 ? `${file} needs no sample data.` : `Created ${made.join(", ")}.`);
  return exit.done;
}

const fileOf = (name: string): string => (/\.jsonc?$/.test(name) ? name : `${name}.distill.json`);
