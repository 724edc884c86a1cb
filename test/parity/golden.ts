import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Golden vectors (test/fixtures/golden/FORMAT.md), or another set in the same format from the folder GOLDEN_DIR. Shapes,
 * parameters and tolerances are the set's; nothing about them is assumed here.
 */
const folder = process.env["GOLDEN_DIR"] ?? fileURLToPath(new URL("../fixtures/golden", import.meta.url));

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export type GoldenTensors = Readonly<Record<string, GoldenTensor>>;

/** @param name as in `losses/kd` */
export async function goldenCases<Case extends { readonly name: string }>(
  name: string,
): Promise<readonly Case[]> {
  const file = JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as {
    readonly format: string;
    readonly version: number;
    readonly cases: readonly Case[];
  };
  if (file.format !== "kd-golden" || file.version !== 1) throw new Error(`${name}.json is not of version 1`);
  if (file.cases.length === 0) throw new Error(`${name}.json has no cases`);
  return file.cases;
}

export const floats = ({ data }: GoldenTensor): Float32Array => Float32Array.from(data);
