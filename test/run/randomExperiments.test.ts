import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkFile } from "../../server/api/checkFile.ts";
import { loadOnnxRuntime } from "../../server/engine/native/onnxruntime.ts";
import type { LoadProgram } from "../../server/engine/program.ts";
import { distil } from "../../server/engine/train/distil.ts";
import { hasErrors } from "../../server/language/check.ts";
import { resolve } from "../../server/language/resolve.ts";
import { memoryWorld } from "../support/memoryWorld.ts";
import { randomExperiment } from "../support/randomExperiment.ts";
import { tensorflowForTests } from "../support/tensorflow.ts";

/**
 * Whatever the check accepts is trained, or ends with a code and a sentence, on either engine the same. RANDOM_EXPERIMENTS
 * says how many are drawn, RANDOM_SEED where they begin.
 */
const count = Number(process.env["RANDOM_EXPERIMENTS"] ?? 120);
const first = Number(process.env["RANDOM_SEED"] ?? 1);

const tensorflow = await tensorflowForTests();

/** A device that holds samples and, as far as a fit knows, moves their pixels itself. */
const card = { device: "gpu:0", deviceMemory: 2 ** 30 };

interface Outcome {
  readonly ending: string;
  /** Of the student, by step. */
  readonly losses: readonly (number | null)[];
}

async function outcome(text: string, folder: string, load: LoadProgram, held: boolean): Promise<Outcome> {
  const { experiment } = await checkFile(text, folder);
  const { context, events } = memoryWorld({ load, folder });
  const ended = await distil(resolve(experiment), held ? { ...context, ...card } : context).catch(
    (error: unknown) => {
      const explained = error as { code?: unknown; hint?: unknown; message: string };
      if (typeof explained.code === "string" && typeof explained.hint === "string")
        return { ending: "failed" as const, code: explained.code, message: explained.message };
      throw error;
    },
  );
  if (ended.ending === "failed") assert.match(ended.message, /^[A-Za-z"`/].*[.]$/s, "a sentence");
  const losses = events.flatMap((event) =>
    event.type === "step" && event.subject === undefined ? [event.loss] : [],
  );
  return { ending: ended.ending === "failed" ? `failed: ${ended.code}` : ended.ending, losses };
}

test("whatever the check accepts is trained or explained, and by both engines alike", {
  timeout: 600_000,
}, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "random-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const tally: Record<string, number> = {};
  for (let seed = first; seed < first + count; seed++) {
    const { experiment, files } = randomExperiment(seed);
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const text = JSON.stringify(experiment, null, 2);
    const { diagnostics } = await checkFile(text, folder);
    if (hasErrors(diagnostics)) {
      tally["refused"] = (tally["refused"] ?? 0) + 1;
      continue;
    }
    try {
      const found = await outcome(text, folder, loadOnnxRuntime, false);
      tally[found.ending] = (tally[found.ending] ?? 0) + 1;
      if (tensorflow === undefined) continue;
      const other = await outcome(text, folder, tensorflow, seed % 2 === 0);
      assert.equal(other.ending, found.ending);
      const [loss, same] = [found.losses[0], other.losses[0]];
      if (typeof loss !== "number" || typeof same !== "number") continue;
      // Each engine has trained its own teacher: AdamW turns the sign of a gradient of nothing into a whole step.
      const tolerance = 1e-2 * Math.max(1, Math.abs(loss));
      assert.ok(Math.abs(loss - same) <= tolerance, `loss ${loss}, TensorFlow ${same}`);
    } catch (error) {
      throw new Error(`experiment ${seed}: ${(error as Error).message}\n${text}`, { cause: error });
    }
  }
  context.diagnostic(JSON.stringify(tally));
  assert.ok((tally["completed"] ?? 0) >= count / 10, `too few were trained: ${JSON.stringify(tally)}`);
});
