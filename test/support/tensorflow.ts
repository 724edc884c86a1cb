import { tensorflowOn } from "../../server/engine/native/tensorflow/executor.ts";
import { probe } from "../../server/engine/native/tensorflow/probe.ts";
import type { LoadProgram } from "../../server/engine/program.ts";
import { enginesFolder } from "../../server/installedEngines/folders.ts";
import { type FoundEngine, findEngines } from "../../server/installedEngines/tensorflow.ts";
import { notTested } from "./notTested.ts";

/** One thread count per process: TensorFlow reads it once. */
export const testThreads = 2;

export interface TestTarget {
  readonly engine: FoundEngine;
  readonly device: "cpu" | number;
}

/**
 * The TensorFlow of the tests: in DISTILL_ENGINES, in the default folder, or a package; the CPU build, or the one that
 * DISTILL_TEST_ENGINE=gpu requests, on its card where it sees one. Without any, its tests fail unless DISTILL_WITHOUT
 * names it.
 */
export async function targetForTests(): Promise<TestTarget | undefined> {
  const kind = process.env["DISTILL_TEST_ENGINE"] === "gpu" ? "gpu" : "cpu";
  const engine = (await findEngines()).find((engine) => engine.kind === kind);
  if (engine) {
    const card = kind === "gpu" && (await probe(engine.addon, { kind })).gpu;
    return { engine, device: card ? 0 : "cpu" };
  }
  return notTested(
    "tensorflow",
    `There is no TensorFlow engine (${kind}) in ${enginesFolder()}: npm run setup:tensorflow builds it.`,
  );
}

export async function tensorflowForTests(): Promise<LoadProgram | undefined> {
  const target = await targetForTests();
  if (!target) return undefined;
  const load = tensorflowOn({ addon: target.engine.addon, device: target.device });
  return (program, initial) => load(program, initial, { threads: testThreads });
}
