import { createHash } from "node:crypto";
import { hashInPieces } from "../../data/samples.ts";
import type { NamedData } from "../program.ts";
import type { Net } from "./net.ts";

/** SHA-256 of a net's weights, as hex; those that are not given are left out. */
export function fingerprintOf(weights: NamedData, { parameters }: Pick<Net, "parameters">): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(parameters)) {
    const values = weights[name];
    if (values === undefined) continue;
    hash.update(name);
    hashInPieces(hash, values);
  }
  return hash.digest("hex");
}
