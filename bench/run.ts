import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { benchEditor } from "./editor.ts";
import { benchEndToEnd } from "./endToEnd.ts";
import { benchFixedCosts } from "./fixedCosts.ts";
import { benchPackages } from "./packages.ts";
import { measurePeak } from "./peak.ts";
import { withPeer } from "./peer.ts";
import { benchScaling } from "./scaling.ts";
import { benchSteps, contenders } from "./steps.ts";

const { values } = parseArgs({
  options: {
    suite: { type: "string", multiple: true },
    workload: { type: "string" },
    threads: { type: "string" },
  },
});
const threads = Number(values.threads ?? Math.min(availableParallelism(), 8));

const results: Record<string, unknown> = {
  machine: { cpu: cpus()[0]?.model, threads, node: process.versions.node },
};

async function suite(name: string, title: string, measure: () => Promise<unknown>): Promise<void> {
  if (values.suite !== undefined && !values.suite.includes(name)) return;
  console.log(title);
  results[name] = await measure();
  if (name !== "steps") console.log(JSON.stringify(results[name], null, 2));
}

const only = values.workload === undefined ? {} : { only: values.workload };
await suite("steps", "Training step, ratio to PyTorch; median (p10–p90)", () =>
  withPeer(threads, async (peer) => {
    const engines = await contenders();
    const peak = await measurePeak(peer, { threads, engines });
    console.log(
      `  The limit: products at ${peak.gflops} GFLOP/s, the fastest of ${JSON.stringify(peak.by)}.`,
    );
    return { peak, rows: await benchSteps(peer, { threads, engines, peak, ...only }) };
  }),
);
await suite("endToEnd", "From process start to saved student", () =>
  withPeer(threads, (peer) => benchEndToEnd(peer, { threads })),
);
await suite("fixed", "Fixed costs", () => benchFixedCosts({ threads }));
await suite("scaling", "Batch size and memory", () => benchScaling({ threads }));
await suite("editor", "Language server on a long experiment", () => benchEditor());
await suite("package", "Sizes of the packages, MB", benchPackages);

// A part of the bench does not overwrite the whole one's results.
if (values.suite === undefined && values.workload === undefined) {
  writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
}
