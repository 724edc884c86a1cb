import { builtIn, EngineError } from "../../../engineError.ts";

/** Exit of a process that loaded the engine, and its output. */
export interface Ending {
  readonly message: string;
  readonly code?: number | null;
  readonly signal?: string | null;
}

/** Shells and some supervisors report a signal as 128 + its number. */
const signals: Readonly<Record<number, string>> = {
  132: "SIGILL",
  134: "SIGABRT",
  135: "SIGBUS",
  137: "SIGKILL",
  139: "SIGSEGV",
};

const again = "Install the engine again.";

/** Diagnoses an engine that did not load. Three of these crash the process without a message. */
export function loadFailure({ message, code, signal }: Ending): EngineError {
  const end = signal ?? signals[code ?? 0];
  const detail = message.trim().slice(-2000);
  const fault = (name: string, text: string, hint: string) => new EngineError(name, text, hint, detail);

  if (end === "SIGILL")
    return fault("no-avx", "This processor lacks AVX, which TensorFlow was compiled for.", builtIn);
  if (end === "SIGBUS") return fault("damaged", "A library of TensorFlow is truncated.", again);
  if (/version `GLIBC(XX)?_[\d.]+' not found/.test(message))
    return fault("glibc-too-old", "The engine was built for a newer C library than this system has.", again);
  if (/NODE_MODULE_VERSION|wrong ELF class|invalid ELF header|file too short/.test(message))
    return fault("wrong-build", "The engine's files are damaged or were built for another platform.", again);
  if (/undefined symbol|symbol lookup error/.test(message))
    return fault("wrong-build", "The addon and the TensorFlow library have different versions.", again);
  const library = /(\S+\.so[.\d]*): cannot open shared object file/.exec(message)?.[1];
  if (library && !library.startsWith("libtensorflow") && !library.includes("/"))
    return fault(
      "library-missing",
      `The system's library ${library} is missing.`,
      "Install it, then try again.",
    );
  if (/cannot open shared object file|Cannot find module|cannot be found/.test(message))
    return fault("incomplete", "A file of the engine is missing.", again);
  if (end) return fault("crashed", `The process that tried the engine ended with ${end}.`, again);
  return fault("load-failed", "The engine could not be loaded.", again);
}

/** Why the GPU build runs on the CPU, from what TensorFlow printed. */
export function whyNoGpu(log: string): string {
  if (/Could not find cuda drivers|UNKNOWN ERROR \(303\)/.test(log))
    return "The NVIDIA driver (libcuda.so.1) was not found.";
  if (/Cannot dlopen some GPU libraries/.test(log)) return "A CUDA library could not be opened.";
  const old = /compute capability ([\d.]+)\. The minimum required Cuda capability is ([\d.]+\d)/.exec(log);
  if (old) return `The card's compute capability is ${old[1]}; TensorFlow needs ${old[2]} or more.`;
  const refused = /failed call to cuInit: (.*)/.exec(log)?.[1];
  if (refused) return `The NVIDIA driver refused to start: ${refused.trim()}`;
  return "No GPU is visible, or libnvidia-ml.so.1 is missing (see CUDA_VISIBLE_DEVICES).";
}
