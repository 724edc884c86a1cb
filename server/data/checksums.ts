import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { hashInto } from "./fileHash.ts";
import { readAt, withFile } from "./formats/bytes.ts";
import type { DataProblem } from "./problem.ts";
import { statsOf } from "./reading.ts";

/** The list of a folder. */
export const sumsName = "SHA256SUMS";

/** Where the checksum of a file may stand: in a list of its own, or in that of its folder. */
export const sumsBeside = (file: string): readonly string[] => [
  `${file}.sha256`,
  join(dirname(file), sumsName),
];

/** SHA-256 by name, as `sha256sum` writes them; undefined for what is no such list, or not all of one. */
export function sumsIn(text: string): ReadonlyMap<string, string> | undefined {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length === 0) return undefined;
  const sums = lines.map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line));
  if (!sums.every((sum) => sum !== null)) return undefined;
  return new Map(sums.map(([, sum = "", name = ""]) => [name, sum]));
}

/** @param list the file that has the expected one */
export const otherSum = (found: string, expected: string, list: string): string =>
  `its SHA-256 is ${found.slice(0, 12)}…, ${list} has ${expected.slice(0, 12)}….`;

/** A list of a folder with a thousand files takes 100 kB. */
const longestList = 2 ** 20;

/** The first of these files that is not what the checksum beside it says; those without one are taken as they are. */
export async function damagedFile(files: readonly string[]): Promise<DataProblem | undefined> {
  for (const file of files) {
    for (const list of sumsBeside(file)) {
      const expected = await expectedOf(file, list);
      const found = typeof expected === "string" ? await sumOf(file) : expected;
      if (typeof found === "object") return found;
      if (found === undefined || typeof expected !== "string" || found === expected) continue;
      const message = `This differs from what was written: ${otherSum(found, expected, basename(list))} Copy or export it again; where the change is meant, delete ${basename(list)}.`;
      return { code: "damaged", message, file };
    }
  }
  return undefined;
}

async function expectedOf(file: string, list: string): Promise<string | DataProblem | undefined> {
  if (!(await statsOf(list))?.isFile()) return undefined;
  const text = await withFile(list, { isAny: true }, async (opened) => {
    const bytes = await readAt(opened, 0, Math.min(opened.size, longestList));
    return "code" in bytes ? bytes : new TextDecoder().decode(bytes);
  });
  if (typeof text === "object") return { ...text, file: list };
  const sums = sumsIn(text);
  if (sums !== undefined) return sums.get(basename(file));
  return {
    code: "damaged",
    message: "This is not a list of checksums. Delete it, or write it again.",
    file: list,
  };
}

/** SHA-256 of a file, as hex. */
export const sumOf = (file: string): Promise<string | DataProblem> =>
  withFile(file, { isAny: true }, async (opened) => {
    const hash = createHash("sha256");
    return (await hashInto(hash, opened)) ?? hash.digest("hex");
  });
