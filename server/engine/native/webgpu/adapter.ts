import { builtIn, EngineError } from "../../../engineError.ts";
import { lastWords, type Outcome, run } from "../../../subprocess.ts";
import { vulkanCommand } from "../../../systemPackages.ts";
import { OnnxGraph } from "../../graph/onnx/onnxGraph.ts";
import { runtimeModule } from "../ort.ts";
import { sessionOptions } from "./device.ts";

/**
 * The WebGPU adapter. ONNX Runtime's provider exposes neither its name nor its type, though its Dawn knows both. On Linux the
 * Vulkan loader can log the name; on macOS (Metal) and Windows (Direct3D 12) it is unknown. Dawn requests the fastest adapter,
 * so a software one is used only without another.
 */
export interface Adapter {
  /** The driver's name, "llvmpipe (LLVM 19.1.7, 256 bits)"; absent where it is not known. */
  readonly name?: string;
  /** Whether the adapter is software, running on the CPU; absent where that is not known. */
  readonly software?: boolean;
}

export interface AdapterSearch {
  readonly signal?: AbortSignal | undefined;
  /** The Node program that will train; this one when absent. */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Plain JavaScript, run by `node -e`: bundling needs no separate file. */
const child = `
const [runtime, model] = process.argv.slice(1);
const say = (words) => console.log(JSON.stringify(words));
(async () => {
  const ort = require(runtime);
  const { platform, arch } = process;
  if (!ort.listSupportedBackends().some(({ name }) => name === "webgpu")) return say({ lacking: platform + " on " + arch });
  const session = await ort.InferenceSession.create(Buffer.from(model, "base64"), ${JSON.stringify(sessionOptions)});
  const x = new ort.Tensor("float32", Float32Array.from({ length: 16 }, (_, i) => i), [16]);
  const { sums } = await session.run({ x });
  say({ sums: Array.from(sums.data) });
})().catch(({ message }) => say({ problem: message }));
`;

/**
 * Opens the WebGPU device in a separate process, because a broken driver can crash it, and runs a gather and a product on it.
 * @throws EngineError that says why there is none
 */
export async function findAdapter({
  signal,
  node = process.execPath,
  env,
}: AdapterSearch = {}): Promise<Adapter> {
  const model = Buffer.from(trialModel()).toString("base64");
  const outcome = await run(node, ["-e", child, runtime(), model], {
    env: {
      ...process.env,
      ...env,
      ELECTRON_RUN_AS_NODE: "1",
      ORT_DISABLE_TELEMETRY: "1",
      VK_LOADER_DEBUG: "driver,layer",
    },
    signal,
    timeout: 120_000,
  });
  return adapterFrom(outcome);
}

/** A universal extension package comes without it. */
function runtime(): string {
  try {
    return runtimeModule();
  } catch {
    throw new EngineError(
      "no-webgpu",
      "This package comes without ONNX Runtime, and so without WebGPU.",
      "Install it: distill engine install onnxruntime",
    );
  }
}

/** @throws EngineError */
export function adapterFrom(outcome: Outcome, platform: string = process.platform): Adapter {
  const line = outcome.stdout.trim().split("\n").at(-1) ?? "";
  const detail = lastWords(outcome, 4000);
  if (outcome.code !== 0 || !line.startsWith("{"))
    throw new EngineError(
      "crashed",
      `The process that tried the WebGPU device ended with ${outcome.signal ?? `exit code ${outcome.code}`}.`,
      "Update the graphics driver, or use the CPU.",
      detail,
    );
  const { sums, problem, lacking } = JSON.parse(line) as {
    sums?: readonly number[];
    problem?: string;
    lacking?: string;
  };
  if (lacking !== undefined)
    throw new EngineError("no-webgpu", `ONNX Runtime has no WebGPU for ${lacking}.`, builtIn);
  if (problem !== undefined) throw whyNone(problem, { platform, stderr: outcome.stderr, detail });
  if (sums?.join() !== expectedSums.join())
    throw new EngineError(
      "computes-wrongly",
      `The WebGPU device computes wrong results: expected ${expectedSums}, found ${sums}.`,
      "Update the graphics driver, or use the CPU.",
      detail,
    );
  return adapterIn(outcome.stderr);
}

function whyNone(
  problem: string,
  {
    platform,
    stderr,
    detail,
  }: { readonly platform: string; readonly stderr: string; readonly detail: string },
): EngineError {
  if (!/adapter/i.test(problem))
    return new EngineError(
      "load-failed",
      `The WebGPU device could not be opened: ${problem}`,
      builtIn,
      detail,
    );
  if (platform !== "linux")
    return new EngineError("no-adapter", "There is no adapter for WebGPU.", builtIn, detail);
  const hint = vulkanCommand() ?? "Install a driver for Vulkan.";
  // With logging on, the loader lists where it searches; no output means that there is none.
  return stderr.includes("[Vulkan Loader]")
    ? new EngineError(
        "no-adapter",
        "There is no adapter for WebGPU: the Vulkan loader found no driver with a device.",
        hint,
        detail,
      )
    : new EngineError(
        "no-vulkan",
        "There is no adapter for WebGPU: the Vulkan loader (libvulkan.so.1) was not found.",
        hint,
        detail,
      );
}

/** `Using "NVIDIA L4" with driver: "libGLX_nvidia.so.0"`, as the Vulkan loader says once for each device that is made. */
function adapterIn(log: string): Adapter {
  const used = [...log.matchAll(/Using "(.+)" with driver: "(.+)"/g)].at(-1);
  if (used === undefined) return {};
  const [, name = "", driver = ""] = used;
  return {
    name,
    software: /llvmpipe|lavapipe|swiftshader/i.test(name) || /lvp|swiftshader/i.test(driver),
  };
}

/** sums = windows · ones, where the windows are the 2 × 2 ones with stride 2 of x as an image of 4 × 4. */
function trialModel(): Uint8Array {
  const graph = new OnnxGraph();
  const corners = [0, 2, 8, 10];
  const places = corners.flatMap((corner) => [0, 1, 4, 5].map((step) => corner + step));
  const taken = graph.node("Gather", [graph.input("x", "float32", [16]), graph.int32(places)], { axis: 0 });
  const windows = graph.node("Reshape", [taken, graph.int64([4, 4])]);
  const sums = graph.node("MatMul", [windows, graph.float32([1, 1, 1, 1], [4, 1])]);
  graph.output("sums", sums, "float32", [4, 1]);
  return graph.encode({ name: "trial" });
}

// 0 + 1 + 4 + 5 = 10, 2 + 3 + 6 + 7 = 18, 8 + 9 + 12 + 13 = 42, 10 + 11 + 14 + 15 = 50.
const expectedSums = [10, 18, 42, 50] as const;
