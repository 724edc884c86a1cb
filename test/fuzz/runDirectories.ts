import { fork } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { distill, scene } from "../run/support.ts";
import { caseOf, type Finding, readGround, tryCase } from "./cases.ts";
import { sayCases, watched } from "./worker.ts";

/**
 * Damages real run directories in all kinds of ways and looks at them through every door:
 * `node test/fuzz/runDirectories.ts -- --count 100000 --seed 1`. Cases are numbered; `--from` begins at one of them.
 */

export interface Fuzzing {
  /** Holds the folder `whole`, as `makeRuns` leaves it. */
  readonly folder: string;
  readonly seed: number;
  readonly from?: number;
  readonly count: number;
  readonly onCase?: (done: number, findings: readonly Finding[]) => void;
}

/** A run, and a sweep of two with its members, really trained. @returns a folder with `whole` in it */
export async function makeRuns(context: Parameters<typeof scene>[0]): Promise<string> {
  const it = await scene(context, { steps: 20 });
  const sweep = await scene(context, { steps: 20, with: { sweep: { parameters: { temperature: [1, 4] } } } });
  for (const { file } of [it, sweep]) {
    const { code, stderr } = await distill(["run", file]);
    if (code !== 0) throw new Error(stderr);
  }
  const folder = await mkdtemp(join(tmpdir(), "fuzz-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  for (const { runs } of [it, sweep]) await cp(runs, join(folder, "whole"), { recursive: true });
  return folder;
}

/** Tries cases in a process of their own, which is ended where it stands still and goes on behind that case. */
export async function fuzz({ folder, seed, from = 0, count, onCase }: Fuzzing): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let next = from; next < from + count; ) {
    const left = String(from + count - next);
    const worker = fork(import.meta.filename, [folder, String(seed), String(next), left], {
      env: { ...process.env, DISTILL_FUZZ_WORKER: "1" },
    });
    const ended = await watched<Finding>(worker, (message) => {
      next = message.done + 1;
      findings.push(...message.findings);
      onCase?.(next - from, message.findings);
    });
    if (next === from + count) break;
    const finding = { case: caseOf(seed, next), ...ended };
    findings.push(finding);
    next += 1;
    onCase?.(next - from, [finding]);
  }
  return findings;
}

async function work([folder = "", seed, from, count]: readonly string[]): Promise<void> {
  const ground = readGround(folder);
  await sayCases(
    { from: Number(from), count: Number(count) },
    (number) => caseOf(Number(seed), number),
    (one, atDoor) => tryCase(ground, one, atDoor),
  );
}

async function main(): Promise<void> {
  const step = 100;
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((word) => word !== "--"),
    options: {
      count: { type: "string", default: "5000" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
    },
  });
  const cleanups: (() => unknown)[] = [];
  const context = { after: (cleanup: () => unknown) => cleanups.push(cleanup) };
  try {
    const folder = await makeRuns(context as unknown as Parameters<typeof scene>[0]);
    const begun = performance.now();
    const findings = await fuzz({
      folder,
      seed: Number(values.seed),
      from: Number(values.from),
      count: Number(values.count),
      onCase: (done, found) => {
        for (const finding of found) console.log(JSON.stringify(finding));
        if (done % step === 0)
          console.log(`${done} cases, ${Math.round((performance.now() - begun) / 1000)} s`);
      },
    });
    console.log(`${values.count} cases with seed ${values.seed}: ${findings.length} findings`);
    process.exitCode = findings.length > 0 ? 1 : 0;
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
}

if (process.env["DISTILL_FUZZ_WORKER"] !== undefined) await work(process.argv.slice(2));
else if (import.meta.main) await main();
