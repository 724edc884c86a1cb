import { createWriteStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { findRun } from "../api/findRun.ts";
import { eventBlocks } from "../runs/logReader.ts";
import { openRun, type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { runFacts } from "../runs/runFacts.ts";
import { memberDirectory } from "../runs/sweep.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { logRows } from "../tracking/logRows.ts";
import { openBoard } from "../tracking/tensorboard/board.ts";

export interface ExportLogOptions {
  readonly format: string;
  readonly out: string;
  readonly runsDirectory?: string;
}

/** Every form in which a log is exported; of a sweep, each of its runs. */
const formats: Readonly<Record<string, (runs: readonly RunDirectory[], out: string) => Promise<void>>> = {
  tensorboard: async (runs, out) => {
    for (const run of runs) await writeBoard(run, join(out, run.id));
  },
  csv: async (runs, out) => {
    await mkdir(dirname(out), { recursive: true });
    await pipeline(logRows(runs), createWriteStream(out));
  },
};

/** `distill export-log RUN --format F --out PATH`: what a run has logged, for other programs. */
export async function exportLog(
  reference: string,
  { format, out, runsDirectory }: ExportLogOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const write = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (write === undefined) {
    complain(terminal, `--format is "${format}"; expected ${Object.keys(formats).join(" or ")}.`);
    return exit.failed;
  }
  const run = await openRun(await findRun(reference, runsDirectory));
  const { members } = await readJob(run);
  const runs = members === undefined ? [run] : await begun(run, members);
  await write(runs, resolve(out));
  print(terminal, shown(resolve(out)));
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
