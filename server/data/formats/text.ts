import type { DataProblem } from "../problem.ts";
import type { ByteSource } from "./bytes.ts";

const chunkSize = 2 ** 16;

/** The text of a source, which has to be UTF-8: in another encoding different labels could become the same. */
export async function* readText(
  source: ByteSource,
  { code, what }: { readonly code: DataProblem["code"]; readonly what: string },
): AsyncGenerator<string | DataProblem> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const notText = (why: string): DataProblem => {
    return { code, message: `This is not ${what} in UTF-8: ${why}.`, file: source.file, line };
  };
  for (let isFirst = true; ; isFirst = false) {
    const chunk = new Uint8Array(chunkSize);
    const count = await source.read(chunk);
    if (typeof count === "object") return yield count;
    const bytes = chunk.subarray(0, count);
    if (isFirst && isUtf16(bytes)) return yield notText("it is UTF-16; save it as UTF-8");
    const zero = bytes.indexOf(0);
    if (zero >= 0) {
      line += lineEnds(bytes.subarray(0, zero));
      return yield notText("it holds zero bytes");
    }
    try {
      yield decoder.decode(bytes, { stream: count > 0 });
    } catch {
      line += lineEnds(bytes.subarray(0, firstForeign(bytes)));
      return yield notText("it holds other bytes; save it as UTF-8");
    }
    if (count === 0) return;
    line += lineEnds(bytes);
  }
}

const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

const lineEnds = (bytes: Uint8Array): number => bytes.reduce((count, byte) => count + Number(byte === 10), 0);

/** Where bytes stop being UTF-8; a character that the former chunk began with is left out. */
function firstForeign(bytes: Uint8Array): number {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(Math.max(0, start)));
  const at = text.indexOf("\ufffd");
  return start + Buffer.byteLength(at < 0 ? text : text.slice(0, at));
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
  naming: {
    readonly code: DataProblem["code"];
    readonly what: string;
    readonly keepsEmpty?: boolean;
    /** What a line has to be, in a sentence. */
    readonly advice?: string;
  },
): AsyncGenerator<TextLine | DataProblem> {
  let [line, rest] = [0, ""];
  const tooLong = (): DataProblem => ({
    code: naming.code,
    message: [`A line is longer than ${longestLine} characters.`, naming.advice ?? []].flat().join(" "),
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
