import { sizeOf } from "../../sizeOf.ts";
import type { OpenFile } from "../formats/bytes.ts";
import { readSafetensorsHeader } from "../formats/safetensors.ts";
import type { DataProblem } from "../problem.ts";
import type { WeightsDescription } from "./description.ts";

/** What the header of a safetensors file says. */
export async function describeSafetensors(opened: OpenFile): Promise<WeightsDescription | DataProblem> {
  const header = await readSafetensorsHeader(opened);
  if ("code" in header) return header;
  const tensors = Array.from(header.tensors, ([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const parameters = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const { metadata } = header;
  return { kind: "weights", format: "safetensors", bytes: opened.size, tensors, parameters, metadata };
}
