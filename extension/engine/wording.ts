import { percent } from "../../server/grouped.ts";
import type { EngineFailure, EngineKind, InstallableEngine, InstallLine } from "../../server/protocol.ts";

/** Texts about engines and their installation. */

type Progress = Extract<InstallLine, { event: "progress" }>;
type Ready = Extract<InstallLine, { event: "ready" }>;

export const engineNames: Readonly<Record<EngineKind, string>> = {
  cpu: "TensorFlow for the CPU",
  gpu: "TensorFlow for NVIDIA cards",
};

/** `274 MB`, `2.9 GB`. */
export function size(bytes: number): string {
  return bytes < 995e6 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A row of the list of what can be installed. */
export function installableRow(engine: InstallableEngine) {
  const { kind, tensorflow, download, installed, needed, state, obstacles } = engine;
  const [first] = obstacles;
  const there = state === "installed" ? " · installed" : state === "broken" ? " · installed, broken" : "";
  return {
    label: engineNames[kind],
    description: `${tensorflow} · ${size(download)} to download, ${size(installed)} on disk${there}`,
    detail:
      first === undefined
        ? `$(check) This machine meets all requirements. The installation needs ${size(needed)} of disk space.`
        : `$(warning) ${first}`,
  };
}

const steps: Readonly<Record<Progress["step"], (what: string) => string>> = {
  check: (what) => what.charAt(0).toUpperCase() + what.slice(1),
  fetch: (what) => `Downloading ${what}`,
  unpack: (what) => `Unpacking ${what}`,
  compile: (what) => `Compiling with ${what}`,
  probe: () => "Testing it",
};

/** `Downloading tensorflow-cpu 2.21.0, 274 MB (37 %)`. */
export function progressMessage({ step, what, done }: Progress): string {
  const share = done === undefined ? "" : ` (${percent(done, 0)})`;
  return steps[step](what) + share;
}

/** The installed engine, and the one that runs choose from now on. */
export function readyMessage({ kind, tensorflow, unchanged, gpu, card, whyNoGpu, choice }: Ready): string {
  const place = gpu ? `on the GPU${card === undefined ? "" : ` ${card}`}` : "on the CPU";
  const was = unchanged ? "was already installed and" : "is installed and";
  const named =
    gpu || choice.startsWith("TensorFlow") ? "" : ' With "engine": "tensorflow" it trains with this one.';
  return [
    `TensorFlow ${tensorflow} ${was} works ${place}.`,
    kind === "gpu" && whyNoGpu !== undefined ? ` ${whyNoGpu}` : "",
    ` With "engine": "auto" a run trains with ${choice}`,
    named,
  ].join("");
}

/** Buttons below a failure. */
export type FailureAction = "copy" | "folder" | "again" | "details";
export const failureActions: Readonly<Record<FailureAction, string>> = {
  copy: "Copy Command",
  folder: "Choose Folder…",
  again: "Try Again",
  details: "Show Details",
};

/** The files could come from elsewhere. */
const fetching = new Set(["offline", "download-failed", "wrong-file", "no-npm", "no-python", "no-pip"]);
/** Retrying would fail again. */
const final = new Set(["unsupported-platform", "no-glibc", "glibc-too-old", "no-avx"]);

export const failureMessage = ({ message, hint }: EngineFailure): string =>
  hint === "" ? message : `${message} ${hint}`;

export function actionsOf({ code, command, detail }: EngineFailure): FailureAction[] {
  return [
    ...(command === undefined ? [] : (["copy"] as const)),
    ...(fetching.has(code) ? (["folder"] as const) : []),
    ...(final.has(code) ? [] : (["again"] as const)),
    ...(detail === "" ? [] : (["details"] as const)),
  ];
}

/** For an installer that ended without giving a reason. */
export function brokenInstaller(end: string, output: string): EngineFailure {
  return {
    event: "error",
    code: "internal",
    message: `The installer ended unexpectedly (${end}).`,
    hint: "The next installation removes what this one left.",
    detail: output,
  };
}
