import { error } from "../finding.ts";
import type { SourceModel } from "../model/data.ts";
import type { Rule } from "./rule.ts";

/** Samples that the experiment puts into memory and that do not fit there. */
export const dataMemory: Rule = {
  code: "too-large",
  *check({ data, teacher, machine }) {
    if (machine === undefined || data.storage !== "memory") return;
    for (const source of [data.train, data.validation, data.test, teacher?.source]) {
      if (!source) continue;
      const file = source.files[0];
      const bytes = bytesOf(source);
      if (bytes === undefined || bytes <= machine.memory) continue;
      const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
      yield error(
        file?.reference.node ?? source.node,
        `The samples take ${gigabytes(bytes)} in memory, and the machine has ${gigabytes(machine.memory)}. \`take\` fewer of them, or say "storage": "auto", and they are read from disk.`,
      );
    }
  },
};

/** Memory of a source's samples: bytes stay bytes, all other numbers take four. */
export function bytesOf({ count, fileShape, files }: SourceModel): number | undefined {
  const dtype = files.map(({ knowledge }) => knowledge?.facts).find((facts) => facts?.shape)?.dtype;
  if (count === undefined || fileShape === undefined || dtype === undefined) return undefined;
  const bytes = dtype === "uint8" || dtype === "bool" ? 1 : 4;
  return fileShape.reduce((size, extent) => size * extent, count * bytes);
}
