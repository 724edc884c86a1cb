import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { EngineError } from "../../../engineError.ts";
import { checkEngine, type FoundEngine, type Probe } from "../../../installedEngines/tensorflow.ts";
import { lastWords, run } from "../../../subprocess.ts";
import { TensorflowGraph } from "../../graph/tensorflow/tensorflowGraph.ts";
import { graphTag } from "../../graph/tensorflow/tensorflowSchema.ts";
import { runtimeEnvironment } from "./binding.ts";
import { loadFailure, whyNoGpu } from "./loadFailure.ts";

export interface ProbeOptions {
  readonly kind?: "cpu" | "gpu";
  readonly device?: "cpu" | number;
  /** The Node program that will train; this one when absent. */
  readonly node?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Plain JavaScript, run by `node -e`: bundling needs no separate file. */
const child = `
const [addon, model] = process.argv.slice(1);
const tensorflow = require(addon);
const session = tensorflow.loadSavedModel(model, ${JSON.stringify(graphTag)});
const image = Float32Array.from({ length: 16 }, (_, i) => i);
const x = tensorflow.createTensor([1, 4, 4, 1], tensorflow.TF_FLOAT, image);
const [y] = tensorflow.runSavedModel(session, [x], "x:0", "y:0");
const sums = Array.from(tensorflow.tensorDataSync(y.id));
console.log(JSON.stringify({ sums, tensorflow: tensorflow.TF_Version, gpu: tensorflow.isUsingGpuDevice() }));
`;

/**
 * Loads the engine in a separate process, because a broken one can crash it, and runs a convolution and a matrix product in a
 * graph.
 * @throws EngineError that says what is wrong with it
 */
export async function probe(addon: string, options: ProbeOptions = {}): Promise<Probe> {
  const { kind = "cpu", device = kind === "gpu" ? 0 : "cpu", node = process.execPath, signal } = options;
  const folder = await mkdtemp(path.join(tmpdir(), "distill-probe-"));
  try {
    await writeFile(path.join(folder, "saved_model.pb"), probeModel());
    const env = {
      ...process.env,
      ELECTRON_RUN_AS_NODE: "1",
      ...runtimeEnvironment({ threads: 1, device }, { TF_CPP_MIN_LOG_LEVEL: "0" }),
    };
    const outcome = await run(node, ["-e", child, addon, folder], { env, signal, timeout: 120_000 });
    const line = outcome.stdout.trim().split("\n").at(-1) ?? "";
    if (outcome.code !== 0 || !line.startsWith("{"))
      throw loadFailure({ message: lastWords(outcome, 4000), code: outcome.code, signal: outcome.signal });
    const { sums, tensorflow, gpu } = JSON.parse(line) as Probe & { sums: readonly number[] };
    if (sums.join() !== expectedSums.join())
      throw new EngineError(
        "load-failed",
        `The engine computes wrong results: expected ${expectedSums}, found ${sums}.`,
        "Install the engine again.",
      );
    const card = cardIn(outcome.stderr);
    return {
      tensorflow,
      gpu,
      ...(kind === "gpu" && !gpu && { whyNoGpu: whyNoGpu(outcome.stderr) }),
      ...(gpu && card && { card }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Checks the files of an engine, and tries it. @throws EngineError */
export async function examineEngine(
  engine: FoundEngine,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Probe> {
  await checkEngine(engine);
  return probe(engine.addon, { kind: engine.kind, signal });
}

/** y = rows · ones, where the rows are sums over 2 × 2 windows with stride 2 of the image 0 … 15. */
function probeModel(): Uint8Array {
  const graph = new TensorflowGraph();
  const shape = [1, 4, 4, 1];
  const x = graph.node("Placeholder", [], { dtype: "float32", shape: { shape } }, { name: "x" });
  const window = { T: "float32", strides: [1, 2, 2, 1], padding: "VALID", data_format: "NHWC" };
  const ones = graph.float32([1, 1, 1, 1], [2, 2, 1, 1]);
  const windows = graph.node("Conv2D", [x, ones], { ...window, dilations: [1, 1, 1, 1] });
  const rows = graph.node("Reshape", [windows, graph.int32([2, 2])], { T: "float32", Tshape: "int32" });
  const product = { T: "float32", transpose_a: false, transpose_b: false };
  graph.node("MatMul", [rows, graph.float32([1, 1], [2, 1])], product, { name: "y" });
  return graph.encode();
}

// Windows: 0 + 1 + 4 + 5 = 10, 2 + 3 + 6 + 7 = 18, 8 + 9 + 12 + 13 = 42, 10 + 11 + 14 + 15 = 50.
const expectedSums = [10 + 18, 42 + 50] as const;

/** "Created device …GPU:0 with 20480 MB memory:  -> device: 0, name: NVIDIA L4, pci bus id: …, compute capability: 8.9" */
export function cardIn(log: string): string | undefined {
  const line = /with (\d+) MB memory:.*name: ([^,]+),.*compute capability: ([\d.]+)/.exec(log);
  return line ? `${line[2]}, ${line[1]} MB, compute capability ${line[3]}` : undefined;
}
