import { stat } from "node:fs/promises";
import { prepareResume } from "../runs/control.ts";
import { readJob } from "../runs/runDirectory.ts";
import type { ExitCode, Terminal } from "../terminal/terminal.ts";
import { findRun } from "./findRun.ts";
import { train } from "./train.ts";

export interface ResumeOptions {
  readonly runsDirectory?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
}

/** `distill resume RUN`: goes on from the last checkpoint. */
export async function resume(
  reference: string,
  options: ResumeOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const run = await prepareResume(await findRun(reference, options.runsDirectory));
  const { name } = await readJob(run);
  const from = await stat(run.events).then(
    ({ size }) => size,
    () => 0,
  );
  return train(run, { name, from, json: options.json, detach: options.detach }, terminal);
}
