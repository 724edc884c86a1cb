import { createHash } from "node:crypto";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { sizeOf } from "../../data/samples.ts";
import { asGroup, weightsGroup } from "../distill/names.ts";
import { inferenceProgram } from "../distill/program.ts";
import type { Net } from "../nets/net.ts";
import type { LoadProgram, NamedData } from "../program.ts";
import type { Teacher } from "./teacher.ts";

export interface NetTeacherOptions {
  readonly load: LoadProgram;
  readonly threads: number;
  /** How many samples at once it will be asked for; others are cut and filled up to these. */
  readonly batchSizes: readonly number[];
  readonly normalize?: ResolvedNormalize | undefined;
  readonly outputs: "logits" | "probabilities";
}

/** A net with given weights as a teacher: only its inference entry is ever built. */
export async function netTeacher(
  net: Net,
  weights: NamedData,
  { load, threads, batchSizes, normalize, outputs }: NetTeacherOptions,
): Promise<Teacher> {
  const sizes = [...new Set(batchSizes)].sort((a, b) => a - b);
  const largest = sizes.at(-1) ?? 1;
  const executor = await load(inferenceProgram(net, sizes), asGroup(weightsGroup, weights), { threads });
  const size = sizeOf(net.inputShape);
  const classes = net.outputShape.at(-1) as number;
  const probabilities = outputs === "probabilities" || endsInSoftmax(net);

  return {
    classes,
    parameters: net.parameterCount,
    hash: hashOf(net, weights, probabilities),
    ...(normalize === undefined ? {} : { normalize }),
    async logits(samples, count) {
      const out = new Float32Array(count * classes);
      for (let start = 0; start < count; start += largest) {
        const rows = Math.min(largest, count - start);
        const batch = sizes.find((fits) => fits >= rows) ?? largest;
        let input = samples.subarray(start * size, (start + rows) * size);
        if (rows < batch) {
          input = new Float32Array(batch * size);
          input.set(samples.subarray(start * size, (start + rows) * size));
        }
        const logits = (await executor.run(`evaluate@${batch}`, { x: input }))["logits"] as Float32Array;
        out.set(logits.subarray(0, rows * classes), start * classes);
      }
      // log p are logits again: softmax(log p) = p. The floor keeps a probability of 0 finite.
      return probabilities ? out.map((p) => Math.log(Math.max(p, 1e-30))) : out;
    },
    dispose: () => executor.dispose(),
  };
}

/** Keras models usually do; what comes out then are probabilities, whatever the file says. */
function endsInSoftmax(net: Net): boolean {
  const last = net.layers.at(-1);
  return last?.type === "softmax" || last?.arguments["activation"] === "softmax";
}

function hashOf(net: Net, weights: NamedData, probabilities: boolean): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([net.inputShape, net.layers, probabilities]));
  for (const name of Object.keys(net.parameters)) {
    const { buffer, byteOffset, byteLength } = weights[name] as Float32Array;
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
