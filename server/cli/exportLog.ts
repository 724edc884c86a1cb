import { createWriteStream, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { findRun } from "../api/findRun.ts";
import { type LogFormat, logFormats } from "../optionValues.ts";
import { oneOf } from "../parameters/words.ts";
import { makeFolders } from "../runs/durable.ts";
import { checkLog, damageWords, unchecked } from "../runs/logCheck.ts";
import { eventBlocks } from "../runs/logReader.ts";
import {
  assertNotKept,
  assertOutput,
  keptOf,
  type OutputPlace,
  rememberOutput,
} from "../runs/outputPlace.ts";
import { openRun, type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { RunError, toOutput } from "../runs/runError.ts";
import { runFacts } from "../runs/runFacts.ts";
import { memberDirectory } from "../runs/sweep.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { csvOf, logRows } from "../tracking/logRows.ts";
import { fileStore } from "../tracking/mlflow/fileStore.ts";
import { serverStore } from "../tracking/mlflow/serverStore.ts";
import { trackingServer } from "../tracking/mlflow/trackingServer.ts";
import { writeRuns } from "../tracking/mlflow/writeRuns.ts";
import { writeParquet } from "../tracking/parquetRows.ts";
import { openBoard } from "../tracking/tensorboard/board.ts";

export interface ExportLogOptions {
  readonly format: string;
  /** A path; absent where `to` is given. */
  readonly out?: string;
  readonly replace?: boolean;
  /** Address of a server. */
  readonly to?: string;
  readonly json?: boolean;
  readonly runsDirectory?: string;
}

/** What was written, as `--json` prints it. */
interface ExportedLogJson {
  /** Their ids: one, or those of a sweep that have begun. */
  readonly runs: readonly string[];
  readonly format: string;
  /** An absolute path, or the address of a server. */
  readonly path: string;
}

interface Exported {
  readonly place: OutputPlace;
  /** Whose runs they are. */
  readonly sweep: RunDirectory | undefined;
}

/** Every form in which a log is exported; of a sweep, each of its runs. They give lines to tell. */
const formats: Readonly<
  Record<LogFormat, (runs: readonly RunDirectory[], to: Exported) => Promise<readonly string[]>>
> = {
  tensorboard: async (runs, { place }) => {
    for (const run of runs) await writeBoard(run, join(place.path, run.id));
    return [];
  },
  mlflow: (runs, { place, sweep }) => writeRuns(runs, { store: fileStore(place.path), sweep }),
  csv: (runs, { place }) =>
    writeTable(place, (file) => pipeline(csvOf(logRows(runs)), createWriteStream(file))),
  parquet: (runs, { place }) => writeTable(place, (file) => writeParquet(file, logRows(runs))),
};

const isFormat = (name: string): name is LogFormat => Object.hasOwn(logFormats, name);

async function writeTable(
  place: OutputPlace,
  write: (file: string) => Promise<unknown>,
): Promise<readonly string[]> {
  await assertOutput(place);
  makeFolders(dirname(place.path));
  await write(place.path);
  await rememberOutput(place);
  return [];
}

/** `distill export-log RUN --format F --out PATH`, or `--to ADDRESS`: what a run has logged, for other programs. */
export async function exportLog(
  reference: string,
  { format, out, replace, to, json = false, runsDirectory }: ExportLogOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const write = isFormat(format) ? formats[format] : undefined;
  if (write === undefined) {
    complain(terminal, `--format is "${format}"; expected ${oneOf(Object.keys(logFormats))}.`);
    return exit.failed;
  }
  if (out === undefined && to === undefined) {
    complain(terminal, "Give --out PATH, or --to ADDRESS with --format mlflow.");
    return exit.failed;
  }
  const run = await openRun(await findRun(reference, runsDirectory));
  const { members } = await readJob(run);
  const runs = members === undefined ? [run] : await begun(run, members);
  const sweep = members === undefined ? undefined : run;
  const tell = json ? complain : print;
  if (out !== undefined) {
    const place = { path: resolve(out), kept: await keptOf(run), replace };
    await assertNotKept(place.path, place.kept);
    const lines = await toOutput(() => write(runs, { place, sweep }), place.path);
    tell(terminal, ...(json ? [] : [shown(resolve(out))]), ...lines);
  }
  if (to !== undefined) {
    const store = serverStore(trackingServer(to, process.env));
    tell(terminal, ...(await writeRuns(runs, { store, sweep })));
  }
  if (json) {
    const path = out === undefined ? String(to) : resolve(out);
    printJson(terminal, { runs: runs.map(({ id }) => id), format, path } satisfies ExportedLogJson);
  }
  for (const { id, events } of runs) {
    const damage = damageWords(await checkLog(events, unchecked, Number.POSITIVE_INFINITY));
    if (damage !== undefined) complain(terminal, `${id}: ${damage}`);
  }
  return exit.done;
}

async function begun(
  sweep: RunDirectory,
  members: NonNullable<Awaited<ReturnType<typeof readJob>>["members"]>,
): Promise<RunDirectory[]> {
  const runs: RunDirectory[] = [];
  for (const member of members) {
    const run = await openRun(memberDirectory(sweep, member).path).catch((error: unknown) => {
      if (error instanceof RunError && error.code === "not-a-run") return undefined; // not begun yet
      throw error;
    });
    if (run !== undefined) runs.push(run);
  }
  return runs;
}

/** Into a new folder: a second file of the same events would double each point. */
async function writeBoard(run: RunDirectory, folder: string): Promise<void> {
  if (existsSync(folder)) {
    throw new RunError("exists", `${folder} already exists.`, "Delete it, or give another --out.");
  }
  const { settings } = await runFacts(run.path);
  const board = openBoard(folder, { settings });
  try {
    for await (const { events } of eventBlocks(run.events)) for (const event of events) board.add(event);
  } finally {
    board.close();
  }
}
