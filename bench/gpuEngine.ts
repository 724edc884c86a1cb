import { readdirSync } from "node:fs";
import path from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { probe } from "../server/engine/native/tensorflow/probe.ts";
import { engineParts, tfjsVersion } from "../server/engineInstaller/pinned.ts";
import { enginesFolder } from "../server/installedEngines/folders.ts";
import { findEngines } from "../server/installedEngines/tensorflow.ts";
import { keepResults } from "./results.ts";

/** Results of TensorFlow's build for NVIDIA cards in the tests of all engines. */
interface GpuEngineResult {
  readonly tensorflow: string;
  readonly tfjs: string;
  /** Versions of the packages with its libraries. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly node: string;
  /** The card, or the CPU where there is none. */
  readonly device: string;
  /** Why the build was tested on the CPU. */
  readonly whyNoCard?: string;
  readonly tests: Counts;
  readonly failures: readonly string[];
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["server/engine/graph", "server/engine/native/tensorflow/executor.test.ts", "test/parity"];

const isTest = (name: string) => name.endsWith(".test.ts");

function testsOf(place: string): string[] {
  const whole = path.join(root, place);
  if (isTest(place)) return [whole];
  const names = readdirSync(whole, { recursive: true, encoding: "utf8" });
  return names.filter(isTest).map((name) => path.join(whole, name));
}

/** One file after the other: a card's memory is for one process at a time. */
async function runTests(): Promise<{ counts: Counts; failures: readonly string[] }> {
  Object.assign(process.env, { DISTILL_TEST_ENGINE: "gpu" });
  const failures: string[] = [];
  let counts: Counts | undefined;
  const stream = run({ files: folders.flatMap(testsOf), concurrency: false });
  stream.on("test:fail", ({ name }) => failures.push(name));
  stream.on("test:summary", ({ file, counts: { passed, tests, skipped } }) => {
    // Every file has a summary; the summary of all names no file.
    if (file === undefined) counts = { passed, failed: tests - passed - skipped, skipped };
  });
  stream.compose(spec).pipe(process.stdout);
  await new Promise((resolve) => stream.once("end", resolve));
  if (counts === undefined) throw new Error("The tests ended without a summary.");
  return { counts, failures };
}

const engine = (await findEngines()).find(({ kind }) => kind === "gpu");
if (engine === undefined) throw new Error(`There is no tensorflow-gpu in ${enginesFolder()}.`);
const { tensorflow, card, whyNoGpu } = await probe(engine.addon, { kind: "gpu" });
const { counts, failures } = await runTests();
const libraries = engineParts.gpu.archives.filter(({ name }) => name.startsWith("nvidia-"));
const result: GpuEngineResult = {
  tensorflow,
  tfjs: tfjsVersion,
  libraries: Object.fromEntries(libraries.map(({ name, version }) => [name, version])),
  node: process.versions.node,
  device: card ?? "cpu",
  ...(whyNoGpu !== undefined && { whyNoCard: whyNoGpu }),
  tests: counts,
  failures,
};
keepResults({ gpuEngine: result });
console.log(JSON.stringify({ gpuEngine: result }, null, 2));
process.exitCode = counts.failed === 0 ? 0 : 1;
