import { damagedFile } from "../../data/checksums.ts";
import { fileProblem, openFile } from "../../data/formats/bytes.ts";
import {
  isOfFractions,
  readSafetensorsHeader,
  readTensor,
  type StoredTensor,
} from "../../data/formats/safetensors.ts";
import type { DataProblem } from "../../data/problem.ts";
import type { PlannedLayer } from "../../nets/shapes.ts";
import { type GivenNames, matchRemarks, matchWeights } from "../../nets/weightMatch.ts";
import { type Problem, problem } from "../../problem.ts";

export interface FileWeights {
  /** By our name, LAYER.WEIGHT; those that are drawn are not there. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly remarks: readonly Problem[];
}

/** Reads the weights of layers from a safetensors file, in the order that they have here. */
export async function readFileWeights(
  path: string,
  layers: readonly PlannedLayer[],
  given: GivenNames,
): Promise<FileWeights | { readonly problem: Problem | DataProblem }> {
  const damage = await damagedFile([path]);
  if (damage !== undefined) return { problem: damage };
  const opened = await openFile(path);
  if ("code" in opened) return { problem: opened };
  try {
    const header = await readSafetensorsHeader(opened);
    if ("code" in header) return { problem: header };
    const { tensors } = header;
    const facts = Array.from(tensors).flatMap(([name, { dtype, shape }]) =>
      isOfFractions(dtype) ? [{ name, shape }] : [],
    );
    const match = matchWeights(layers, facts, given);
    const [first] = match.problems;
    if (first !== undefined) return problem(first.code, `${path}: ${first.message}`);
    const weights: Record<string, Float32Array> = {};
    for (const [weight, { tensors: names, values }] of match.weights) {
      const parts: Float32Array[] = [];
      for (const name of names) {
        const read = await readTensor(opened, tensors.get(name) as StoredTensor);
        if ("code" in read) return { problem: read };
        parts.push(read);
      }
      weights[weight] = values(parts);
    }
    const remarks = matchRemarks(match).map(({ code, message }) => ({
      code,
      message: `${path}: ${message}`,
    }));
    return { weights, remarks };
  } catch (error) {
    return { problem: fileProblem(path, error) };
  } finally {
    await opened.handle.close();
  }
}
