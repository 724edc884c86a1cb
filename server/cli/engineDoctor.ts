import { chooseEngine, type InstalledEngine, type WebgpuAdapter } from "../engine/choose.ts";
import { probe } from "../engine/native/tensorflow/probe.ts";
import { findAdapter } from "../engine/native/webgpu/adapter.ts";
import { EngineError } from "../engineError.ts";
import { type Examination, examine } from "../engineInstaller/installer.ts";
import type { EngineFinding, EngineReport } from "../protocol.ts";

/** The WebGPU adapter of the built-in engine, or why there is none. */
export type Webgpu = WebgpuAdapter | EngineError;

/** Checks all engines of this machine and their requirements. Each is tried in a separate process. */
export async function examineEngines(): Promise<EngineReport> {
  const [tensorflow, webgpu] = await Promise.all([examine(probe), examineWebgpu()]);
  return report(tensorflow, webgpu);
}

export async function examineWebgpu(): Promise<Webgpu> {
  return findAdapter().catch((error: unknown) => {
    if (error instanceof EngineError) return error;
    throw error;
  });
}

export function report({ facts, diagnosis }: Examination, webgpu: Webgpu): EngineReport {
  const { engines, tools, fix, installable } = diagnosis;
  return {
    findings: [...engines, ofWebgpu(webgpu), ...tools],
    ...(fix && { fix }),
    installable,
    choice: choiceOf(facts),
  };
}

/** The trainer's rule, on what was found here. */
function choiceOf({ engines, driver: { cards } }: Examination["facts"]): string {
  const installed = engines.map(({ engine: { kind, addon }, outcome }): InstalledEngine => {
    if (outcome instanceof EngineError) return { kind, addon, gpu: false, problem: outcome.message };
    const { gpu, whyNoGpu } = outcome;
    return { kind, addon, gpu, ...(whyNoGpu && { whyNoGpu }) };
  });
  const choice = chooseEngine({}, installed, { cards });
  return "problem" in choice ? choice.problem.message : choice.reason;
}

/** It is optional, so it is a problem only where it exists and fails. */
export function ofWebgpu(found: Webgpu): EngineFinding {
  const name = "webgpu";
  if (!(found instanceof EngineError))
    return { name, state: "fine", text: `the built-in engine works on ${adapterWords(found)}` };
  const { code, message, hint } = found;
  if (code === "no-webgpu") return { name, state: "missing", text: message };
  const absent = code === "no-vulkan" || code === "no-adapter";
  return { name, state: absent ? "missing" : "broken", text: message, fix: hint };
}

/** "llvmpipe (LLVM 19.1.7, 256 bits), in software" */
export function adapterWords({ name = "an adapter of unknown name", software }: WebgpuAdapter): string {
  return `${name}${software ? ", in software" : ""}`;
}
