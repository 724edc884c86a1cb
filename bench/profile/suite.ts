import type { Peer } from "../peer.ts";
import type { Contender, StepOptions } from "../steps.ts";
import { type Workload, workloads } from "../workloads.ts";
import { profileOnnxRuntime } from "./onnxruntime.ts";
import { type Profile, type ProfiledStep, profileOf, profileTable } from "./profile.ts";
import { type Measured, rounds } from "./rounds.ts";
import { profileTensorflow } from "./tensorflow.ts";

export interface ProfileResult extends Profile {
  readonly workload: string;
  readonly engine: Contender["name"] | "pytorch";
}

/** Breakdown of a step, op by op, on each engine and in PyTorch; with cached teacher outputs. */
export async function benchProfile(
  peer: Peer,
  { threads, engines, only }: { threads: number; engines: readonly Contender[]; only?: string },
): Promise<ProfileResult[]> {
  const results: ProfileResult[] = [];
  for (const workload of workloads()) {
    if (only !== undefined && workload.name !== only) continue;
    for (const engine of [...engines.map(({ name }) => name), "pytorch"] as const) {
      const options = { batch: workload.batch ?? 128, teacher: "cached", threads } as const;
      const { plain, profiled } = await measure(engine, workload, { ...options, peer });
      const profile = profileOf(profiled, plain);
      console.log(
        `\n  ${workload.name}, ${engine}: ${profile.stepMs} ms a step, ${profile.profiledMs} ms with the profiler`,
      );
      for (const line of profileTable(profile)) console.log(`    ${line}`);
      results.push({ workload: workload.name, engine, ...profile });
    }
  }
  return results;
}

function measure(
  engine: ProfileResult["engine"],
  workload: Workload,
  { peer, ...options }: StepOptions & { threads: number; peer: Peer },
): Promise<Measured> {
  if (engine === "onnxruntime") return profileOnnxRuntime(workload, options);
  if (engine === "tensorflow") return profileTensorflow(workload, options);
  return profilePyTorch(workload, { peer, ...options });
}

/** An op's time without the ops that it called, so that none overlap. */
async function profilePyTorch(
  { name }: Workload,
  { peer, batch, teacher }: StepOptions & { peer: Peer },
): Promise<Measured> {
  const command = { workload: name, batch, teacher };
  const plain: number[] = [];
  const profiled: ProfiledStep[] = [];
  const { ms } = await peer.ask<{ ms: number[] }>({ do: "step", ...command, steps: 3 });
  const steps = Math.max(3, Math.min(40, Math.round(150 / Math.min(...ms))));
  for (let round = 0; round < rounds; round++) {
    plain.push(...(await peer.ask<{ ms: number[] }>({ do: "step", ...command, steps })).ms);
    const answer = await peer.ask<{ steps: Omit<ProfiledStep, "busyMs">[] }>({
      do: "profile",
      ...command,
      steps,
    });
    for (const step of answer.steps) {
      const busyMs = Object.values(step.ops).reduce((sum, op) => sum + op.ms, 0);
      profiled.push({ ...step, busyMs });
    }
  }
  return { plain, profiled };
}
