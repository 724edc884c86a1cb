import { engineSentence } from "../engine/native/openEngine.ts";
import { runtimeModule, runtimeVersion } from "../engine/native/ort.ts";
import { examineEngine, probe } from "../engine/native/tensorflow/probe.ts";
import { EngineError } from "../engineError.ts";
import * as installer from "../engineInstaller/installer.ts";
import { fetchedRuntime } from "../installedEngines/onnxruntime.ts";
import { type FoundEngine, findEngines } from "../installedEngines/tensorflow.ts";
import type { EngineFinding, EngineKind, InstallLine, InstallProgress, RemoveLine } from "../protocol.ts";
import { systemError } from "../runs/runError.ts";
import { commandFor } from "../systemPackages.ts";
import { printable } from "../terminal/printable.ts";
import {
  canRewrite,
  complain,
  type ExitCode,
  exit,
  print,
  printJson,
  type Terminal,
} from "../terminal/terminal.ts";
import { table } from "../terminal/wording.ts";
import { cacheLine, sampleCaches } from "./cache.ts";
import { adapterWords, examineEngines, examineWebgpu, ofWebgpu } from "./engineDoctor.ts";

export interface EngineOptions {
  readonly gpu?: boolean;
  readonly from?: string;
  readonly withoutCard?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `distill engine list`: the engines, each tried in a separate process. */
export async function listEngines({ json }: EngineOptions, terminal: Terminal): Promise<ExitCode> {
  const found = await findEngines();
  const engines = [builtIn(), ...(await Promise.all([builtInOnWebgpu(), ...found.map(described)]))];
  if (json) printJson(terminal, engines);
  else
    print(
      terminal,
      ...table([
        ["engine", "version", "device", "state", "where"],
        ...engines.map(({ name, version, device, state, folder }) => [name, version, device, state, folder]),
      ]),
    );
  return exit.done;
}

/** The package from npm and a universal extension package come without it. */
function builtIn() {
  const known = { name: "onnxruntime", device: "cpu" };
  try {
    const [version, found] = [runtimeVersion(), runtimeModule()];
    return { ...known, folder: found === fetchedRuntime() ? found : "built in", version, state: "works" };
  } catch {
    return { ...known, folder: "", version: "", state: "missing: distill engine install onnxruntime" };
  }
}

async function builtInOnWebgpu() {
  const { name, version, folder, state } = builtIn();
  const known = { name, version, device: "webgpu", folder };
  if (state !== "works") return { ...known, state };
  const found = await examineWebgpu();
  if (!(found instanceof EngineError)) return { ...known, state: `works on ${adapterWords(found)}` };
  return { ...known, state: `${ofWebgpu(found).state}: ${found.message}` };
}

async function described(engine: FoundEngine) {
  const known = { name: `tensorflow-${engine.kind}`, folder: engine.folder };
  try {
    const { tensorflow, gpu, whyNoGpu } = await examineEngine(engine);
    const state = whyNoGpu ? `works without a GPU: ${whyNoGpu}` : "works";
    return { ...known, version: tensorflow, device: gpu ? "gpu" : "cpu", state };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { ...known, version: engine.tensorflow ?? "", device: "", state: `broken: ${error.message}` };
  }
}

/** `distill engine install NAME`. Ctrl+C leaves everything unchanged. */
export async function install(name: string, options: EngineOptions, terminal: Terminal): Promise<ExitCode> {
  if (!isEngine(name)) return unknown(name, terminal);
  const stop = new AbortController();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const abort = () => stop.abort();
  const { from, force, json } = options;
  // A second Ctrl+C ends it at once; an editor that closes may tell its programs twice, and what is unfinished goes all the same.
  for (const signal of signals) process[signal === "SIGINT" && !json ? "once" : "on"](signal, abort);
  const given = {
    signal: stop.signal,
    progress: progressTo(terminal, options),
    ...(from !== undefined && { from }),
    ...(force !== undefined && { force }),
  };
  try {
    await (name === "tensorflow" ? installTensorflow : installBuiltIn)(given, options, terminal);
    return exit.done;
  } catch (error) {
    return failed(error, options, terminal);
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}

interface Given {
  readonly signal: AbortSignal;
  readonly progress: (progress: InstallProgress) => void;
  readonly from?: string;
  readonly force?: boolean;
}

async function installTensorflow(given: Given, options: EngineOptions, terminal: Terminal): Promise<void> {
  const allowNoGpu = options.withoutCard ?? false;
  const installed = await installer.install({
    engine: "tensorflow",
    kind: kindOf(options),
    probe,
    allowNoGpu,
    ...given,
  });
  const choice = await engineSentence();
  const { folder, kind, unchanged, tensorflow, gpu, card, whyNoGpu } = installed;
  const place = gpu ? `on the GPU ${card ?? ""}`.trim() : "on the CPU";
  if (options.json) print(terminal, jsonLine({ event: "ready", ...installed, choice }));
  else
    print(
      terminal,
      `TensorFlow ${tensorflow} ${unchanged ? "was already installed and" : "is installed and"} works ${place}.`,
      ...(whyNoGpu ? [whyNoGpu] : []),
      `With "engine": "auto" a run trains with ${choice}`,
      ...(kind === "cpu" ? ['With "engine": "tensorflow" it trains with this one.'] : []),
      folder,
    );
}

/** A package that has ONNX Runtime inside needs no other. */
async function installBuiltIn(given: Given, { json }: EngineOptions, terminal: Terminal): Promise<void> {
  const { state, folder: place, version: own } = builtIn();
  const isInside = state === "works" && place === "built in";
  const { folder, version, unchanged } = isInside
    ? { folder: place, version: own, unchanged: true }
    : await installer.install({ engine: "onnxruntime", ...given });
  if (json)
    print(terminal, JSON.stringify({ event: "ready", engine: "onnxruntime", version, folder, unchanged }));
  else
    print(
      terminal,
      `ONNX Runtime ${version} ${unchanged ? "was already installed" : "is installed and works"}.`,
      folder,
    );
}

/** `distill engine doctor`: exit 1 on a problem of an engine that is installed or could be. */
export async function doctor({ json }: EngineOptions, terminal: Terminal): Promise<ExitCode> {
  const [diagnosis, caches] = await Promise.all([examineEngines(), sampleCaches()]);
  if (json) printJson(terminal, { ...diagnosis, sampleCaches: caches });
  else {
    const row = ({ name, state, text, fix }: EngineFinding) => [
      mark[state],
      name,
      fix === undefined || fix === diagnosis.fix ? text : `${text} → ${fix}`,
    ];
    print(terminal, ...table(diagnosis.findings.map(row)), ...caches.map(cacheLine));
    if (diagnosis.fix) print(terminal, "", `To fix: ${diagnosis.fix}`);
  }
  return diagnosis.findings.some(({ state }) => state === "broken") ? exit.failed : exit.done;
}

const mark: Readonly<Record<EngineFinding["state"], string>> = { fine: "✓", missing: "-", broken: "✗" };

/** `distill engine remove NAME`. */
export async function remove(name: string, options: EngineOptions, terminal: Terminal): Promise<ExitCode> {
  if (!isEngine(name)) return unknown(name, terminal);
  try {
    const folder = await installer.remove(
      name === "tensorflow" ? `tensorflow-${kindOf(options)}` : "onnxruntime",
    );
    print(terminal, options.json ? jsonLine({ event: "removed", folder }) : `Removed ${folder}`);
    return exit.done;
  } catch (error) {
    return failed(error, options, terminal);
  }
}

/** A line for programs, such as the editor. */
function jsonLine(line: InstallLine | RemoveLine): string {
  return JSON.stringify(line);
}

function kindOf({ gpu }: EngineOptions): EngineKind {
  return gpu ? "gpu" : "cpu";
}

const isEngine = (name: string): boolean => name === "tensorflow" || name === "onnxruntime";

function unknown(name: string, terminal: Terminal): ExitCode {
  complain(
    terminal,
    `There is no engine "${name}" to install or remove; there are tensorflow and onnxruntime.`,
  );
  return exit.failed;
}

/** One line a step on a terminal, one object a report with --json. */
function progressTo(terminal: Terminal, { json }: EngineOptions): (progress: InstallProgress) => void {
  let last = "";
  return (progress) => {
    const { step, what, done } = progress;
    if (json) return print(terminal, jsonLine({ event: "progress", ...progress }));
    const percent = done === undefined || done === 0 ? "" : ` ${Math.round(done * 100)} %`;
    const line = `${words[step]} ${what}${canRewrite(terminal) ? percent : ""}`;
    if (line === last) return;
    const again = canRewrite(terminal) && done !== undefined && done > 0;
    terminal.out.write(`${again ? "\x1b[1A\x1b[2K" : ""}${printable(line)}\n`);
    last = line;
  };
}

const words: Readonly<Record<InstallProgress["step"], string>> = {
  check: "checking:",
  fetch: "fetching",
  unpack: "unpacking",
  compile: "compiling with",
  probe: "testing:",
};

function failed(error: unknown, options: EngineOptions, terminal: Terminal): ExitCode {
  if (!(error instanceof EngineError)) {
    const { code, message } = systemError(error) ?? {};
    if (code === undefined || message === undefined) throw error;
    const hint = "Change that folder, or choose another one with the environment variable DISTILL_ENGINES.";
    return failed(new EngineError(code, message, hint), options, terminal);
  }
  const { code, message, hint, detail } = error;
  const command = commandFor(code);
  if (options.json)
    print(terminal, jsonLine({ event: "error", code, message, hint, ...(command && { command }), detail }));
  else
    complain(
      terminal,
      message,
      ...(hint ? [hint] : []),
      ...(command ? [`Here: ${command}`] : []),
      ...(detail ? ["", ...detail.split("\n")] : []),
    );
  return code === "cancelled" ? exit.stopped : exit.failed;
}
