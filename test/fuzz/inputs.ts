import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type InputFinding, inputCaseOf, tryInputs } from "./inputCases.ts";
import { sayCases, watched } from "./worker.ts";

/**
 * Damages the files that experiments name, and experiments, and looks at them as `check`, the editor and the trainer do:
 * `node test/fuzz/inputs.ts -- --count 100000 --seed 1`. Cases are numbered; `--from` begins at one of them.
 */

export interface FuzzingInputs {
  readonly seed: number;
  readonly from?: number;
  readonly count: number;
  readonly onCase?: (done: number, findings: readonly InputFinding[]) => void;
}

/** Tries cases in a process of their own, which is ended where it stands still and goes on behind that case. */
export async function fuzzInputs({ seed, from = 0, count, onCase }: FuzzingInputs): Promise<InputFinding[]> {
  const folder = await mkdtemp(join(tmpdir(), "fuzz-inputs-"));
  const findings: InputFinding[] = [];
  try {
    for (let next = from; next < from + count; ) {
      const words = [join(folder, "case"), String(seed), String(next), String(from + count - next)];
      const worker = fork(import.meta.filename, words, { env: { ...process.env, DISTILL_FUZZ_WORKER: "1" } });
      const ended = await watched<InputFinding>(worker, (message) => {
        next = message.done + 1;
        findings.push(...message.findings);
        onCase?.(next - from, message.findings);
      });
      if (next === from + count) break;
      const finding = { case: inputCaseOf(seed, next), ...ended };
      findings.push(finding);
      next += 1;
      onCase?.(next - from, [finding]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return findings;
}

const work = ([folder = "", seed, from, count]: readonly string[]): Promise<void> =>
  sayCases(
    { from: Number(from), count: Number(count) },
    (number) => inputCaseOf(Number(seed), number),
    (one, atDoor) => tryInputs(folder, one, atDoor),
  );

async function main(): Promise<void> {
  const step = 1000;
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((word) => word !== "--"),
    options: {
      count: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
    },
  });
  const begun = performance.now();
  const findings = await fuzzInputs({
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
}

if (process.env["DISTILL_FUZZ_WORKER"] !== undefined) await work(process.argv.slice(2));
else if (import.meta.main) await main();
