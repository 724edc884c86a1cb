import { stat } from "node:fs/promises";
import { findRun } from "../api/findRun.ts";
import { haveEngine } from "../haveEngine.ts";
import { prepareResume } from "../runs/control.ts";
import { wrongChange } from "../runs/resumeChanges.ts";
import { readJob } from "../runs/runDirectory.ts";
import { complain, type ExitCode, exit, type Terminal } from "../terminal/terminal.ts";
import { mlflowPlace } from "../tracking/mlflow/place.ts";
import { train } from "./train.ts";

export interface ResumeOptions {
  readonly engine?: string;
  readonly device?: string;
  readonly acceptChangedData?: boolean;
  readonly runsDirectory?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
  readonly tensorboard?: string;
  readonly mlflow?: string;
}

/** `distill resume RUN`: resumes from the last checkpoint, on another engine or device if given. */
export async function resume(
  reference: string,
  options: ResumeOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { engine, device, acceptChangedData } = options;
  const changes = {
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
  };
  const wrong = wrongChange(changes);
  if (wrong) {
    complain(terminal, `--${wrong.key} is "${wrong.value}"; expected ${wrong.expected}.`);
    return exit.failed;
  }
  const mlflow = options.mlflow && mlflowPlace(options.mlflow, process.cwd());
  const path = await findRun(reference, options.runsDirectory);
  await haveEngine((line) => complain(terminal, line));
  const run = await prepareResume(path, changes, { acceptChangedData });
  const { name } = await readJob(run);
  const from = await stat(run.events).then(
    ({ size }) => size,
    () => 0,
  );
  const { json, detach, tensorboard } = options;
  return train(run, { name, from, json, detach, tensorboard, mlflow }, terminal);
}
