import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { ownMark } from "../../ownMark.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { runtimeVersion } from "./ort.ts";

/** Milliseconds of a step in each lowering that was measured, by the lowering's name. */
export type Measured = Readonly<Record<string, number>>;

/**
 * Path of what is remembered of a step on this processor: a small file in the user's cache, which may be deleted at any time. It
 * only says which of two lowerings is the faster one.
 */
export function measuredPath(
  step: Graph,
  { threads, cache }: { readonly threads: number; readonly cache: string },
): string {
  const about = [structureOf(step), cpus()[0]?.model, threads, runtimeVersion(), process.platform];
  const key = createHash("sha256").update(JSON.stringify(about)).digest("hex").slice(0, 32);
  return join(cache, "distillery", "lowerings", `${key}.json`);
}

/** @returns undefined where there is no such file, or no valid one */
export async function readMeasured(path: string): Promise<Measured | undefined> {
  const text = await readSmall(path).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const found: unknown = JSON.parse(text);
    return isMeasured(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Where the folder cannot be written, the next run measures again. */
export async function writeMeasured(path: string, measured: Measured): Promise<void> {
  const beside = `${path}.${ownMark()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, `${JSON.stringify(measured)}\n`, { flag: "wx" });
    await rename(beside, path);
  } catch {
    await rm(beside, { force: true }).catch(() => {});
  }
}

const mostBytes = 4096;
/** Windows has neither. */
const { O_NOFOLLOW: noFollow = 0, O_NONBLOCK: noWait = 0 } = constants as Partial<typeof constants>;

async function readSmall(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | noFollow | noWait);
  try {
    const stats = await file.stat();
    return stats.isFile() && stats.size <= mostBytes ? await file.readFile("utf8") : undefined;
  } finally {
    await file.close();
  }
}

const isMeasured = (found: unknown): found is Measured =>
  typeof found === "object" &&
  found !== null &&
  !Array.isArray(found) &&
  Object.values(found).every((ms) => typeof ms === "number" && ms > 0 && Number.isFinite(ms));

/** What a graph computes, in numbers: kernels with their attributes and shapes, and which value goes where. */
function structureOf({ nodes, inputs, state, updates, outputs }: Graph): unknown {
  const numbers = new Map<Value, number>();
  const number = (value: Value): unknown => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size);
    return [value.shape, value.dtype];
  };
  const named = (values: ReadonlyMap<string, Value>) =>
    [...values].map(([name, value]) => [name, number(value)]);
  return [
    named(inputs),
    named(state),
    nodes.map((node) => [
      node.kernel,
      node.attrs,
      Object.entries(node.inputs).map(([name, value]) => [
        name,
        [value].flat().map((one) => number(one as Value)),
      ]),
      node.outputs.map(number),
    ]),
    named(updates),
    named(outputs),
  ];
}
