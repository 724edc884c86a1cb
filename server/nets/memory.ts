import { grouped } from "../grouped.ts";
import { sizeOf } from "../sizeOf.ts";
import type { Shape } from "./layers/layer.ts";
import { inputName, type PlannedLayer } from "./shapes.ts";

/** A net that is to be trained. */
export interface Training {
  readonly layers: readonly Pick<PlannedLayer, "name" | "inputs" | "outputShape" | "parameterCount">[];
  readonly inputShape: Shape;
  /** Samples in a step. */
  readonly batchSize: number;
  /** Values that the optimizer keeps for each weight. */
  readonly slots: number;
}

/** Why the memory of a machine cannot suffice, and what would help. */
export interface TooLittleMemory {
  readonly message: string;
  readonly hint: string;
  /** With which it might; absent where no batch size helps. */
  readonly batchSize?: number | undefined;
}

const bytesPerValue = 4;

/**
 * Bytes without which no engine can train, from shapes alone: each weight, its gradient and what the optimizer keeps of it;
 * and of each sample what layers with weights were given, since their gradients are made from it. A step takes more, by how
 * much depends on the engine, which looks at its own graph. So what this refuses is impossible for certain.
 */
function leastMemory({ layers, inputShape, slots }: Training): {
  readonly fixed: number;
  readonly perSample: number;
} {
  const weights = layers.reduce((sum, { parameterCount }) => sum + parameterCount, 0);
  const shapes = new Map<string, Shape>([
    [inputName, inputShape],
    ...layers.map(({ name, outputShape }) => [name, outputShape] as const),
  ]);
  const kept = new Set(layers.flatMap(({ inputs, parameterCount }) => (parameterCount > 0 ? inputs : [])));
  const values = [...kept].reduce((sum, name) => sum + sizeOf(shapes.get(name) ?? []), 0);
  return { fixed: weights * (2 + slots) * bytesPerValue, perSample: values * bytesPerValue };
}

/**
 * The one answer of `check`, the editor and the trainer, before anything is allocated.
 * @param available bytes of the machine
 */
export function tooLittleMemory(
  whose: string,
  training: Training,
  available: number,
): TooLittleMemory | undefined {
  const { fixed, perSample } = leastMemory(training);
  const { batchSize, layers, slots } = training;
  if (fixed + perSample * batchSize <= available) return undefined;
  const weights = layers.reduce((sum, { parameterCount }) => sum + parameterCount, 0);
  const message = `Training the ${whose} takes at least ${gigabytes(fixed + perSample * batchSize)}: ${gigabytes(fixed)} for ${grouped(weights)} weights${slots > 0 ? ", their gradients and the optimizer" : " and their gradients"}, ${gigabytes(perSample * batchSize)} for ${grouped(batchSize)} samples at once. The machine has ${gigabytes(available)}.`;
  const fits = largestPowerOfTwo((available - fixed) / perSample / 2);
  if (fits >= 1)
    return { message, hint: `Set batchSize to ${fits}, or make the network smaller.`, batchSize: fits };
  const [largest] = [...layers].sort((a, b) => b.parameterCount - a.parameterCount);
  const most = largest && `, which has ${grouped(largest.parameterCount)} of the weights`;
  return {
    message,
    hint: `Make ${largest?.name ?? "the network"} smaller${most ?? ""}, or use a machine with more memory.`,
  };
}

const largestPowerOfTwo = (limit: number): number => (limit < 1 ? 0 : 2 ** Math.floor(Math.log2(limit)));

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
