import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { benchEditor } from "./editor.ts";
import { benchEndToEnd } from "./endToEnd.ts";
import { benchFixedCosts } from "./fixedCosts.ts";
import { benchImagesFromDisk } from "./imagesFromDisk.ts";
import { benchLayouts } from "./layouts.ts";
import { benchMemory } from "./memory.ts";
import { benchModelFit } from "./modelFit.ts";
import { benchPackages } from "./packages.ts";
import { benchPanel } from "./panel.ts";
import { measurePeak } from "./peak.ts";
import { withPeer } from "./peer.ts";
import { benchProfile } from "./profile/suite.ts";
import { keepResults, keepWorkload } from "./results.ts";
import { benchRuns } from "./runs.ts";
import { benchScaling } from "./scaling.ts";
import { benchSteps, contenders } from "./steps.ts";
import { benchSweep } from "./sweep.ts";

const { values } = parseArgs({
  options: {
    suite: { type: "string", multiple: true },
    workload: { type: "string" },
    threads: { type: "string" },
    /** The same as --suite profile. */
    profile: { type: "boolean" },
    /** Writes the results of a part of the bench; the whole bench always does. */
    keep: { type: "boolean" },
  },
});
if (values.keep && values.workload !== undefined && `${values.suite}` !== "steps")
  throw new Error("--keep of one workload keeps the others in --suite steps only.");
const threads = Number(values.threads ?? Math.min(availableParallelism(), 8));

const suites = [...(values.suite ?? []), ...(values.profile ? ["profile"] : [])];

const results: Record<string, unknown> = {
  machine: { cpu: cpus()[0]?.model, threads, node: process.versions.node },
};

/** Suites that print each line as soon as it is known. */
const tellsItself = ["steps", "scaling", "profile", "layouts"];

async function suite(name: string, title: string, measure: () => Promise<unknown>): Promise<void> {
  if (suites.length > 0 && !suites.includes(name)) return;
  console.log(title);
  results[name] = await measure();
  if (!tellsItself.includes(name)) console.log(JSON.stringify(results[name], null, 2));
}

const only = values.workload === undefined ? {} : { only: values.workload };
await suite("steps", "Training step, ratio to PyTorch; median (p10–p90)", () =>
  withPeer(threads, async (peer) => {
    const engines = await contenders();
    const peak = await measurePeak(peer, { threads, engines });
    console.log(
      `  The limit: products at ${peak.gflops} GFLOP/s, the fastest of ${JSON.stringify(peak.by)}, and updates at ${peak.gbps} GB/s.`,
    );
    return { peak, rows: await benchSteps(peer, { threads, engines, peak, ...only }) };
  }),
);
await suite("profile", "Breakdown of a step, op by op", () =>
  withPeer(threads, async (peer) => benchProfile(peer, { threads, engines: await contenders(), ...only })),
);
await suite("endToEnd", "From process start to saved student", () =>
  withPeer(threads, async (peer) => {
    const peak = await measurePeak(peer, { threads, engines: await contenders() });
    return benchEndToEnd(peer, { threads, peak });
  }),
);
await suite("imagesFromDisk", "A step with images from disk, ratio to PyTorch's DataLoader", () =>
  withPeer(threads, (peer) => benchImagesFromDisk(peer, { threads })),
);
await suite("modelFit", "Training step, ratio to tfjs-node's model.fit", () => benchModelFit({ threads }));
await suite("memory", "Peak memory, ratio to PyTorch", () => benchMemory({ threads, ...only }));
await suite("fixed", "Fixed costs", () => benchFixedCosts({ threads }));
await suite("scaling", "Batches and threads, ratio to PyTorch, and memory", async () => {
  const [builtIn] = await contenders();
  return benchScaling({ threads, engines: builtIn === undefined ? [] : [builtIn], ...only });
});
await suite("layouts", "The lowering chosen for each net, and the time of every lowering", async () => ({
  cpu: cpus()[0]?.model,
  nets: await benchLayouts({ threads: values.threads === undefined ? [1, 2] : [threads], ...only }),
}));
await suite("editor", "Language server on a long experiment", () => benchEditor());
// It needs Chromium and the bundles of dist/.
if (suites.includes("panel"))
  await suite("panel", "The chart panel in Chromium, drawn without a GPU", () => benchPanel());
await suite("runs", "Reading of long logs and of many runs", () => benchRuns());
await suite("sweep", "The runs of a sweep, side by side", async () => benchSweep());
await suite("package", "Sizes of the packages, MB", benchPackages);

const whole = suites.length === 0 && values.workload === undefined;
if (values.keep && values.workload !== undefined) keepWorkload(results, values.workload);
else if (whole || values.keep) keepResults(results);
