import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { benchEndToEnd } from "./endToEnd.ts";
import { benchFixedCosts } from "./fixedCosts.ts";
import { startPeer } from "./peer.ts";
import { benchScaling } from "./scaling.ts";
import { benchSteps } from "./steps.ts";

const { values } = parseArgs({
  options: {
    suite: { type: "string", multiple: true },
    workload: { type: "string" },
    threads: { type: "string" },
  },
});
const threads = Number(values.threads ?? Math.min(availableParallelism(), 8));
const wanted = (suite: string) => values.suite === undefined || values.suite.includes(suite);

const peer = await startPeer(threads);
const results: Record<string, unknown> = {
  machine: { cpu: cpus()[0]?.model, threads, node: process.versions.node, pytorch: peer.versions["torch"] },
};
try {
  if (wanted("steps")) {
    console.log("Training step, ratio to PyTorch (median, p10–p90)");
    results["steps"] = await benchSteps(peer, {
      threads,
      ...(values.workload ? { only: values.workload } : {}),
    });
  }
  if (wanted("endToEnd")) {
    console.log("From process start to saved student");
    results["endToEnd"] = await benchEndToEnd(peer, { threads });
    console.log(JSON.stringify(results["endToEnd"], null, 2));
  }
  if (wanted("fixed")) {
    console.log("Fixed costs");
    results["fixed"] = await benchFixedCosts({ threads });
    console.log(JSON.stringify(results["fixed"], null, 2));
  }
  if (wanted("scaling")) {
    console.log("Batch size and memory");
    results["scaling"] = await benchScaling({ threads });
    console.log(JSON.stringify(results["scaling"], null, 2));
  }
} finally {
  peer.close();
}
// A part of the bench does not overwrite the whole one's results.
if (values.suite === undefined && values.workload === undefined) {
  mkdirSync(new URL(".", import.meta.url), { recursive: true });
  writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
}
