import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addonPackages, findEngines, napiVersion } from "../server/installedEngines/tensorflow.ts";
import type { FitRequest } from "./modelFitSteps.ts";
import { rounded, type Spread, spread } from "./statistics.ts";
import { prepareStep, stepsPerRound, timed } from "./steps.ts";
import { workloads } from "./workloads.ts";

export interface ModelFitResult {
  readonly workload: string;
  readonly batch: number;
  /** Of a step on the built-in engine. */
  readonly ms: Spread;
  /** Of a step in `fit`, with Adam. */
  readonly modelFitMs: Spread;
  /** Ratio of the medians. */
  readonly ratioToModelFit: number;
}

const measured = ["mlp64", "mlp1200", "conv8-16", "conv32-64"];
const rounds = 8;
const batch = 128;

/**
 * A step against that of a distillation written with tfjs-node's `model.fit`, in turn; teacher outputs cached. Empty where
 * TensorFlow is not installed. TensorFlow takes all processors.
 */
export async function benchModelFit({ threads }: { threads: number }): Promise<ModelFitResult[]> {
  const [engine] = (await findEngines()).filter(({ kind, source }) => kind === "cpu" && source === "folder");
  if (engine === undefined) return [];
  const child = fork(fileURLToPath(new URL("modelFitSteps.ts", import.meta.url)), [
    packageWith(engine.addon),
  ]);
  const fit = async (request: FitRequest): Promise<number> => {
    child.send(request);
    const [ms] = (await once(child, "message")) as [number];
    return ms;
  };
  const results: ModelFitResult[] = [];
  for (const workload of workloads().filter(({ name }) => measured.includes(name))) {
    const { step, dispose } = await prepareStep(workload, { batch, teacher: "cached", threads });
    const steps = await stepsPerRound(step);
    const request = { workload: workload.name, batch, steps };
    await fit(request);
    const [ours, theirs] = [[] as number[], [] as number[]];
    for (let round = 0; round < rounds; round++) {
      await step(); // wakes the threads
      for (let i = 0; i < steps; i++) ours.push(await timed(step));
      theirs.push(await fit(request));
    }
    await dispose();
    const [ms, modelFitMs] = [spread(ours), spread(theirs)];
    results.push({
      workload: workload.name,
      batch,
      ms,
      modelFitMs,
      ratioToModelFit: rounded(ms.median / modelFitMs.median),
    });
  }
  child.disconnect();
  return results;
}

/** A folder with the package, whose addon is that of the engine: its own would be downloaded, for an old TensorFlow. */
function packageWith(addon: string): string {
  const folder = fileURLToPath(new URL(".tfjs-node", import.meta.url));
  const inPackage = join(folder, "node_modules", addonPackages.cpu);
  if (!existsSync(inPackage)) {
    const { version } = createRequire(import.meta.url)("@tensorflow/tfjs-core/package.json") as {
      version: string;
    };
    mkdirSync(folder, { recursive: true });
    const words = ["install", "--silent", "--ignore-scripts", "--no-save", "--prefix", folder];
    execFileSync("npm", [...words, `${addonPackages.cpu}@${version}`], { stdio: "inherit" });
  }
  const place = join(inPackage, "lib", `napi-v${napiVersion}`);
  if (!existsSync(join(place, "tfjs_binding.node"))) {
    mkdirSync(place, { recursive: true });
    symlinkSync(addon, join(place, "tfjs_binding.node"));
  }
  return folder;
}
