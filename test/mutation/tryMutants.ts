import { type ChildProcess, fork } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { instrument, type Mutant } from "./mutants.ts";
import type { Baseline, Job, Report } from "./protocol.ts";

export interface Tried extends Mutant {
  /** The test and its error; undefined for a survivor. */
  readonly killedBy?: string;
}

/** What an earlier run came to. */
export interface Earlier {
  readonly mutants: number;
  readonly survivors: readonly { readonly change: string }[];
}

export interface TriedFile {
  readonly mutants: readonly Tried[];
  /** Tests that fail in a worker without a mutant, with their errors. */
  readonly unfit: readonly string[];
}

const baselineMilliseconds = 300_000;

/**
 * Tries every mutant of a file on the tests, in as many worker processes one after the other as it takes.
 * @param earlier those that it killed are not tried again, if the file's mutants are as many and have its survivors among them
 */
export async function tryMutants(
  file: string,
  tests: readonly string[],
  earlier?: Earlier,
): Promise<TriedFile> {
  const { source, mutants } = await instrument(file);
  const directory = mkdtempSync(join(tmpdir(), "mutants-"));
  chmodSync(directory, 0o755); // Some tests look at what they made as another user.
  const job = {
    url: pathToFileURL(resolve(file)).href,
    source: join(directory, "instrumented.ts"),
    tests: tests.map((path) => pathToFileURL(resolve(path)).href),
    loaded: join(directory, "loaded"),
  };
  writeFileSync(job.source, source);
  const killedBy = new Map<string, string | undefined>(
    killedEarlier(mutants, earlier).map(({ id }) => [id, "an earlier run"]),
  );
  let baseline: Baseline | undefined;
  try {
    while (true) {
      const left = mutants.map(({ id }) => id).filter((id) => !killedBy.has(id));
      if (left.length === 0) break;
      const before = killedBy.size;
      const ended = await work(
        { ...job, mutants: left, ...(baseline && { baseline }) },
        directory,
        (report) => {
          if (report.kind === "baseline") baseline = report.baseline;
          if (report.kind === "result") killedBy.set(report.mutant, report.killedBy);
        },
      );
      if (!baseline) throw new Error(`The tests of ${file} end without a mutant: ${ended.how}`);
      const { during } = ended;
      // A mutant that ends the process may have found it spoilt by the one before it, unless it was the first.
      if (during && (ended.timedOut || during === left[0])) killedBy.set(during, ended.how);
      else if (!during && killedBy.size === before)
        throw new Error(`A worker of ${file} did nothing: ${ended.how}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  return {
    mutants: mutants.map((mutant) => {
      const by = killedBy.get(mutant.id);
      return { ...mutant, ...(by !== undefined && { killedBy: by }) };
    }),
    unfit: baseline?.unfit ?? [],
  };
}

function killedEarlier(mutants: readonly Mutant[], earlier: Earlier | undefined): readonly Mutant[] {
  const survived = new Set(earlier?.survivors.map(({ change }) => change));
  const killed = mutants.filter(({ change }) => !survived.has(change));
  return mutants.length === earlier?.mutants && mutants.length - killed.length === survived.size
    ? killed
    : [];
}

interface Ended {
  readonly how: string;
  readonly timedOut: boolean;
  /** The mutant that was being tried. */
  readonly during?: string;
}

/** Runs one worker to its end, or ends it where a mutant takes far longer than its tests did. */
function work(job: Job, directory: string, heard: (report: Report) => void): Promise<Ended> {
  const worker = fork(new URL("worker.ts", import.meta.url), {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, TMPDIR: directory },
    execArgv: ["--disable-warning=ExperimentalWarning"],
    detached: process.platform !== "win32",
  });
  let during: string | undefined;
  let timedOut = false;
  let printed = "";
  let timer = setTimeout(stop, baselineMilliseconds);
  function stop(): void {
    timedOut = true;
    endAll(worker);
  }
  worker.stderr?.setEncoding("utf8").on("data", (text) => {
    printed = `${printed}${text}`.slice(-2000);
  });
  worker.on("message", (message) => {
    const report = message as Report;
    clearTimeout(timer);
    if (report.kind === "begin") {
      during = report.mutant;
      timer = setTimeout(stop, report.limitMilliseconds);
    } else {
      during = undefined;
      timer = setTimeout(stop, baselineMilliseconds);
    }
    heard(report);
  });
  worker.send(job);
  return new Promise((resolve) =>
    worker.on("exit", (code, signal) => {
      clearTimeout(timer);
      endAll(worker);
      const how = timedOut
        ? "time limit"
        : `the process ended with ${signal ?? code}: ${printed.trim().slice(-500)}`;
      resolve({ how, timedOut, ...(during !== undefined && { during }) });
    }),
  );
}

/** Ends a worker and what it has started in its process group. */
function endAll(worker: ChildProcess): void {
  worker.kill("SIGKILL");
  if (worker.pid === undefined || process.platform === "win32") return;
  try {
    process.kill(-worker.pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
}
