import type { DataProblem } from "../problem.ts";
import type { ByteSource } from "./bytes.ts";

const chunkSize = 2 ** 16;

/** The text of a source, which has to be UTF-8: in another encoding different labels could become the same. */
export async function* readText(
  source: ByteSource,
  { code, what }: { readonly code: DataProblem["code"]; readonly what: string },
): AsyncGenerator<string | DataProblem> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const notText = (offset: number, why: string): DataProblem => {
    return { code, message: `This is not ${what} in UTF-8: ${why}.`, file: source.file, offset };
  };
  for (let offset = 0; ; ) {
    const chunk = new Uint8Array(chunkSize);
    const count = await source.read(chunk);
    if (typeof count === "object") return yield count;
    const zero = chunk.subarray(0, count).indexOf(0);
    if (zero >= 0) return yield notText(offset + zero, "it holds zero bytes");
    try {
      yield decoder.decode(chunk.subarray(0, count), { stream: count > 0 });
    } catch {
      return yield notText(offset, "it holds other bytes; save it as UTF-8");
    }
    if (count === 0) return;
    offset += count;
  }
}

export interface TextLine {
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

/** Longer lines are no samples: something binary, or a file without line ends. */
export const longestLine = 2 ** 22;

/** The lines of a text without their ends, those that hold something or all of them. */
export async function* readLines(
  source: ByteSource,
  naming: { readonly code: DataProblem["code"]; readonly what: string; readonly keepsEmpty?: boolean },
): AsyncGenerator<TextLine | DataProblem> {
  let [line, rest] = [0, ""];
  const tooLong = (): DataProblem => ({
    code: naming.code,
    message: `A line is longer than ${longestLine} characters.`,
    file: source.file,
    line: line + 1,
  });
  for await (const text of readText(source, naming)) {
    if (typeof text === "object") return yield text;
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    for (const own of lines) {
      if (own.length > longestLine) return yield tooLong();
      line++;
      if (naming.keepsEmpty || own.trim() !== "") yield { text: own.replace(/\r$/, ""), line };
    }
    if (rest.length > longestLine) return yield tooLong();
  }
  if (rest.trim() !== "") yield { text: rest, line: line + 1 };
}
