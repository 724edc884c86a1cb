import { heldBackSplits } from "../heldBack.ts";
import { type Knowledge, type MachineFacts, nothingKnown } from "./facts.ts";
import { modelOf } from "./model/model.ts";
import type { Parsed } from "./parse.ts";
import { bytesOf } from "./rules/dataMemory.ts";

/** Less memory is not worth a note. */
const noteworthy = 2 * 2 ** 30;

/**
 * How much memory the samples take, where that is much and known from file headers, and what becomes of them. In memory a
 * split copies its share.
 */
export function dataNote(
  parsed: Parsed,
  { knowledge = nothingKnown, machine }: { readonly knowledge?: Knowledge; readonly machine?: MachineFacts },
): string | undefined {
  const model = modelOf(parsed, knowledge);
  if (model === undefined) return undefined;
  const { train, validation, test, unlabelled, shares } = model.data;
  const own = model.teacher?.source;
  const sources = [train, validation, test, unlabelled, own].filter((source) => source !== undefined);
  const sizes = sources.map((source) => bytesOf(source) ?? 0);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes <= noteworthy) return undefined;
  const has = machine === undefined ? "" : `; the machine has ${gigabytes(machine.memory)}`;
  const { storage } = model.data;
  if (storage === "disk") return `The samples take ${gigabytes(bytes)} and stay on disk.`;
  if (storage !== "memory")
    return `The samples take ${gigabytes(bytes)}${has}. A source that takes more than a quarter of the free memory stays on disk.`;
  const held = heldBackSplits.filter((of) => shares[of] !== undefined);
  const copied = held.length === 0 || train === undefined ? 0 : (bytesOf(train) ?? 0);
  const most =
    copied === 0
      ? ""
      : `, and ${gigabytes(bytes + copied)} while ${held.join(" and ")} ${held.length === 1 ? "is" : "are"} split off`;
  return `The samples take ${gigabytes(bytes)} of memory${most}${has}.`;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
