import { createHash } from "node:crypto";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import { inferenceProgram } from "../distill/inferenceProgram.ts";
import { asGroup, inGroup, weightsGroup } from "../distill/names.ts";
import { fingerprintOf } from "../nets/fingerprint.ts";
import { structureOf } from "../nets/net.ts";
import type { LoadProgram, NamedData } from "../program.ts";
import { endWarning, maskWarnings, type OpenedNet } from "./nets.ts";
import { type ForwardOutputs, logitsOf, type Teacher } from "./teacher.ts";

export interface NetTeacherOptions {
  readonly load: LoadProgram;
  readonly threads: number;
  /** Its batch sizes; other numbers of samples are split and padded to these. */
  readonly batchSizes: readonly number[];
  readonly normalize?: ResolvedNormalize | undefined;
  readonly outputs: "auto" | "logits" | "probabilities";
  /** Classification when absent. */
  readonly task?: TaskName | undefined;
  /** Layers that losses read. The net has them. */
  readonly taps?: readonly string[] | undefined;
}

/** A net with given weights as a teacher: only its inference entry is built. */
export async function netTeacher(
  opened: OpenedNet,
  weights: NamedData,
  { load, threads, batchSizes, normalize, outputs, task, taps = [] }: NetTeacherOptions,
): Promise<Teacher> {
  const { net, leftOut } = opened;
  const dropped = endWarning("The teacher", opened);
  const sizes = [...new Set(batchSizes)].sort((a, b) => a - b);
  const largest = sizes.at(-1) ?? 1;
  const program = inferenceProgram(net, sizes, taps);
  const executor = await load(program, asGroup(weightsGroup, weights), { threads });
  const size = sizeOf(net.inputShape);
  const classes = net.outputShape.at(-1) as number;
  const probabilities = outputs === "probabilities" && leftOut === undefined;
  const fingerprint = fingerprintOf(weights, net);
  const shapes = new Map(net.layers.map(({ name, outputShape }) => [name, outputShape]));
  const features = Object.fromEntries(taps.map((layer) => [layer, shapes.get(layer) ?? []]));

  const forward = async (samples: Float32Array, count: number): Promise<ForwardOutputs> => {
    const out = new Float32Array(count * classes);
    const tapBuffers = Object.entries(features).map(([layer, shape]) => {
      const length = sizeOf(shape);
      return { layer, length, values: new Float32Array(count * length) };
    });
    for (let start = 0; start < count; start += largest) {
      const rows = Math.min(largest, count - start);
      const batch = sizes.find((fits) => fits >= rows) ?? largest;
      let input = samples.subarray(start * size, (start + rows) * size);
      if (rows < batch) {
        input = new Float32Array(batch * size);
        input.set(samples.subarray(start * size, (start + rows) * size));
      }
      const batchOutputs = await executor.run(`evaluate@${batch}`, { x: input });
      out.set((batchOutputs["logits"] as Float32Array).subarray(0, rows * classes), start * classes);
      for (const { layer, length, values } of tapBuffers)
        values.set((batchOutputs[`tap/${layer}`] as Float32Array).subarray(0, rows * length), start * length);
    }
    return {
      logits: probabilities ? logitsOf(out, task) : out,
      features: Object.fromEntries(tapBuffers.map(({ layer, values }) => [layer, values])),
    };
  };

  return {
    classes,
    parameters: net.parameterCount,
    hash: createHash("sha256")
      .update(JSON.stringify([net.inputShape, structureOf(net), probabilities]))
      .update(fingerprint)
      .digest("hex"),
    warnings: [
      ...(dropped && outputs !== "probabilities" ? [dropped] : []),
      ...maskWarnings("The teacher", opened),
    ],
    ...(normalize === undefined ? {} : { normalize }),
    features,
    inStep: { net, weights, outputs: probabilities ? "probabilities" : "logits" },
    forward,
    logits: async (samples, count) => (await forward(samples, count)).logits,
    async assertUntouched() {
      const now = inGroup(weightsGroup, await executor.read());
      if (fingerprintOf(now, net) !== fingerprint)
        throw new Error("the teacher's weights have changed during training");
    },
    dispose: () => executor.dispose(),
  };
}
