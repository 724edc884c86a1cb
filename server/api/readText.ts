import { isUtf8 } from "node:buffer";
import { resolve } from "node:path";
import type { DataProblemCode } from "../data/problem.ts";
import { openRegular } from "../data/reading.ts";

/** A file that cannot be an experiment; `offset` in bytes where one byte is at fault. */
export interface TextProblem {
  readonly code: DataProblemCode | "not-text" | "invalid-utf8";
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Larger files are not read: an experiment does not have 50 MB. */
const mostBytes = 8 << 20;

/** Reads a UTF-8 file; gives the problem and its place where it is not text. */
export async function readText(
  path: string,
): Promise<{ readonly text: string } | { readonly problem: TextProblem }> {
  const problem = (code: TextProblem["code"], message: string, before = "") => {
    const lines = before.split("\n");
    return { problem: { code, message, line: lines.length, column: (lines.at(-1) ?? "").length + 1 } };
  };
  try {
    const opened = await openRegular(resolve(path));
    if ("code" in opened)
      return opened.found === "directory"
        ? problem("not-a-file", "This is a folder; an experiment is a file.")
        : problem(opened.code, opened.message);
    const { handle, size } = opened;
    try {
      if (size > mostBytes)
        return problem("too-large", `The file has ${Math.round(size / 1e6)} MB: it is not an experiment.`);
      return textOf(await handle.readFile(), problem);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return problem("missing-file", "No such file.");
    if (code === "EISDIR") return problem("not-a-file", "This is a folder; an experiment is a file.");
    if (code === "EACCES" || code === "EPERM")
      return problem(
        "permission-denied",
        "No permission to read the file. Give your user the right to read it.",
      );
    if (code === "ELOOP")
      return problem(
        "unreadable-file",
        "The file is a link that leads back to itself. Put the file itself there.",
      );
    return problem("unreadable-file", `The file cannot be read: ${message}.`);
  }
}

function textOf(
  bytes: Buffer,
  problem: (code: TextProblem["code"], message: string, before: string) => { problem: TextProblem },
): { text: string } | { problem: TextProblem } {
  const zero = bytes.indexOf(0);
  const invalid = firstInvalid(bytes);
  if (zero >= 0 && (invalid < 0 || zero < invalid))
    return problem(
      "not-text",
      `Byte ${zero} is 0: this is a binary file, not an experiment.`,
      bytes.toString("utf8", 0, zero),
    );
  if (invalid >= 0)
    return problem(
      "invalid-utf8",
      `Byte ${invalid} (0x${bytes[invalid]?.toString(16).padStart(2, "0")}) is not UTF-8: save the file in that encoding.`,
      bytes.toString("utf8", 0, invalid),
    );
  return { text: new TextDecoder().decode(bytes) };
}

/** The offset of the first invalid byte in UTF-8, or of a truncated character; -1 where all are valid. */
function firstInvalid(bytes: Buffer): number {
  if (isUtf8(bytes)) return -1;
  // Decoding replaces invalid bytes by EF BF BD, so the first difference is there, except for invalid bytes that begin with EF
  // or EF BF.
  const repaired = Buffer.from(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  let at = 0;
  while (bytes[at] === repaired[at]) at += 1;
  if (bytes[at - 1] === 0xef) return at - 1;
  return bytes[at - 2] === 0xef && bytes[at - 1] === 0xbf ? at - 2 : at;
}
