import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withPeer } from "./peer.ts";
import { rounded } from "./statistics.ts";
import { workloads } from "./workloads.ts";

export interface MemoryResult {
  readonly workload: string;
  /** Peak resident memory of a process that trains on the built-in engine and does nothing else. */
  readonly mb: number;
  /** Of PyTorch's in the setting that takes least. */
  readonly pytorchMb: number;
  readonly pytorchSetting: string;
  /** To reach: 1. */
  readonly ratioToPyTorch: number;
}

const steps = 5;
const measured = ["mlp1200", "resnet20", "vit", "resnet18"];

/** Peak memory of training steps, each side in processes of their own; teacher outputs cached. */
export async function benchMemory({
  threads,
  only,
}: {
  threads: number;
  only?: string;
}): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const { name, batch = 128 } of workloads()) {
    if (!(only === undefined ? measured.includes(name) : only === name)) continue;
    const settings = await withPeer(threads, (peer) =>
      peer.ask<{ settings: string[] }>({ do: "settings", workload: name }),
    );
    const command = { do: "memory", workload: name, batch, teacher: "cached", steps };
    const peers: { setting: string; mb: number }[] = [];
    for (const setting of settings.settings)
      peers.push({
        setting,
        ...(await withPeer(threads, (peer) => peer.ask<{ mb: number }>({ ...command, setting }))),
      });
    const [least] = peers.sort((a, b) => a.mb - b.mb);
    if (least === undefined) throw new Error("There is no peer.");
    const script = fileURLToPath(new URL("memorySteps.ts", import.meta.url));
    const words = [script, JSON.stringify({ name, batch, steps, threads })];
    const mb = Number(execFileSync(process.execPath, words, { encoding: "utf8" }));
    results.push({
      workload: name,
      mb: Math.round(mb),
      pytorchMb: Math.round(least.mb),
      pytorchSetting: least.setting,
      ratioToPyTorch: rounded(mb / least.mb),
    });
  }
  return results;
}
