import { createHash } from "node:crypto";
import type { Tokenizer } from "@huggingface/tokenizers";
import { fileProblem, openFile, readAt } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";
import { tookTooLong, within } from "./timeLimit.ts";
import { idsOf, type Part, type TokenizerJson, tellsTypes, tokenizerMistake } from "./tokenizerJson.ts";

/** What numbers of a text's samples are. */
export interface TokenFacts {
  /** Numbers are below this. */
  readonly vocabulary: number;
  /** The number that stands behind the end of a text. */
  readonly padding: number;
  /** SHA-256 of the tokenizer's file, as hex. */
  readonly tokenizer: string;
  /** The marks behind which the second of two texts stands, where the tokenizer tells types of its numbers apart. */
  readonly between?: readonly number[];
}

export interface TextEncoder {
  readonly facts: TokenFacts;
  /** The numbers of texts, or of pairs of them, each cut to `length` and not padded. After one that cannot be encoded it is of no use. */
  encode(texts: readonly TextOrPair[], length: number): readonly EncodedText[] | Unencodable;
  /** How many of the numbers of a text belong to no word: marks of beginning and end. */
  marks(isPair: boolean): number;
}

export type TextOrPair = readonly [text: string, pair?: string];

interface EncodedText {
  readonly ids: readonly number[];
  readonly isCut: boolean;
}

interface Unencodable {
  readonly why: string;
  /** Which text it is. */
  readonly at: number;
  /** The time for all texts is over. */
  readonly isLate?: boolean;
}

/** Time that everything together may take, which is used up. */
export interface TextTime {
  left: number; // ms
}

/** How long a tokenizer may take, whose patterns may be made to take for ever. */
export interface Patience {
  /** To be read, and for a few words. */
  readonly opening: number; // ms
  readonly texts: number; // ms
  readonly character: number; // ms, on top
  /** For all texts, with this tokenizer and others; absent: each call of `encode` has its own time alone. */
  readonly all?: TextTime | undefined;
}

/** A known tokenizer takes about 0.001 ms a character; a busy machine, a multiple of that. */
export const usualPatience: Patience = { opening: 10_000, texts: 3000, character: 0.1 };

/** A vocabulary of 250,000 words takes about 20 MB. */
const mostBytes = 100_000_000;

const wordCharacters = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";

/** `Whitespace` takes words by what is a letter in any script; the library takes ASCII for that. */
function unicodeWords(given: Part | null | undefined): unknown {
  if (given?.pretokenizers) return { ...given, pretokenizers: given.pretokenizers.map(unicodeWords) };
  if (given?.type !== "Whitespace") return given;
  const pattern = { Regex: `[${wordCharacters}]+|[^${wordCharacters}\\s]+` };
  return { type: "Split", pattern, behavior: "Removed", invert: true };
}

/** Opens a tokenizer.json, as Hugging Face's tokenizers writes it. The file is anyone's: nothing of it runs without a limit of time. */
export async function openTokenizer(
  file: string,
  patience: Patience = usualPatience,
): Promise<TextEncoder | DataProblem> {
  const bytes = await bytesOf(file);
  if ("code" in bytes) return bytes;
  const bad = (why: string): DataProblem => ({
    code: "bad-tokenizer",
    message: `This is no tokenizer.json: ${why}. In Python, tokenizer.save_pretrained(".") of transformers writes one, or tokenizer.save("tokenizer.json") of tokenizers.`,
    file,
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return bad("it is no JSON");
  }
  const mistake = tokenizerMistake(parsed);
  if (mistake !== undefined) return bad(mistake);
  const json = parsed as TokenizerJson;
  const numbers = idsOf(json);
  const padding = json.padding?.pad_id ?? numbers.get("[PAD]") ?? numbers.get("<pad>") ?? 0;
  const facts: TokenFacts = {
    vocabulary: [...numbers.values()].reduce((most, id) => Math.max(most, id), padding) + 1,
    padding,
    tokenizer: createHash("sha256").update(bytes).digest("hex"),
  };
  const { Tokenizer } = await import("@huggingface/tokenizers");
  try {
    const opened = inTime(patience.opening, patience.all, () => {
      const tokenizer = new Tokenizer(
        {
          ...json,
          decoder: null, // Nothing is made a text again.
          added_tokens: json.added_tokens ?? [],
          pre_tokenizer: unicodeWords(json.pre_tokenizer),
        },
        {},
      );
      return encoder(
        facts,
        {
          ...encodings(tokenizer, numbers.get(json.model.unk_token ?? "")),
          tellsTypes: tellsTypes(json.post_processor),
        },
        patience,
      );
    });
    if (opened === tookTooLong && isOver(patience))
      return { code: "too-slow", message: "The tokenizer takes longer than there is time.", file };
    if (opened === tookTooLong)
      return bad(`its patterns take more than ${patience.opening / 1000} s for a word`);
    return "why" in opened ? bad(opened.why) : opened;
  } catch (error) {
    return bad(reasonOf(error));
  }
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error && error.message.split("\n")[0]?.slice(0, 200)) || "it cannot be read";

type Ids = readonly (number | undefined)[];

interface Encodings {
  readonly bare: (text: string) => Ids;
  readonly whole: (text: string, pair?: string) => Ids;
  /** Numbers of the second of two texts have a type of their own. */
  readonly tellsTypes: boolean;
}

/** @param unknown number of the unknown word: of such a word the library gives no number, where the model is WordLevel */
function encodings(tokenizer: Tokenizer, unknown: number | undefined): Omit<Encodings, "tellsTypes"> {
  const known = (ids: Ids): Ids => ids.map((id) => id ?? unknown);
  return {
    bare: (text) => known(tokenizer.encode(text, { add_special_tokens: false }).ids),
    whole: (text, pair) => known(tokenizer.encode(text, pair === undefined ? {} : { text_pair: pair }).ids),
  };
}

/** The library neither cuts nor pads: a text is cut by itself, and the marks around it are put back. */
function encoder(
  facts: TokenFacts,
  { bare, whole, tellsTypes }: Encodings,
  patience: Patience,
): TextEncoder | Pick<Unencodable, "why"> {
  const single = marksOf(bare, whole, false);
  const double = marksOf(bare, whole, true);
  if ([single, double].some((marks) => marks?.flat().includes(undefined)))
    return { why: "it puts a mark around texts that has no number" };
  const encodeOne = ([text, pair]: TextOrPair, length: number): EncodedText | string => {
    const marks = (pair === undefined ? single : double) as readonly (readonly number[])[] | undefined;
    if (marks === undefined) return "the tokenizer does not say how it puts two texts together";
    const [first, second] = [bare(text), pair === undefined ? [] : bare(pair)];
    if (first.includes(undefined) || second.includes(undefined))
      return "the tokenizer has no number for a word, and no unknown one";
    const room = Math.max(0, length - marks.reduce((sum, part) => sum + part.length, 0));
    const [a, b] = pair === undefined ? [room, 0] : shares(first.length, second.length, room);
    const [before = [], between = [], after = []] = marks;
    const kept = [first.slice(0, a) as number[], second.slice(0, b) as number[]] as const;
    const ids = [...before, ...kept[0], ...between, ...kept[1], ...after].slice(0, length);
    return { ids, isCut: first.length + second.length > room };
  };
  const mark = tellsTypes ? (double?.[1] as readonly number[] | undefined) : undefined;
  return {
    facts: mark === undefined || mark.length === 0 ? facts : { ...facts, between: mark },
    marks: (isPair) => (isPair ? double : single)?.reduce((sum, marks) => sum + marks.length, 0) ?? 0,
    encode(texts, length) {
      const characters = texts.reduce((sum, [text, pair = ""]) => sum + text.length + pair.length, 0);
      const limit = Math.ceil(patience.texts + patience.character * characters);
      const encoded: EncodedText[] = [];
      try {
        const why = inTime(limit, patience.all, () => {
          for (const text of texts.slice(encoded.length)) {
            const one = encodeOne(text, length);
            if (typeof one === "string") return one;
            encoded.push(one);
          }
          return undefined;
        });
        if (why === undefined) return encoded;
        const slow = `the tokenizer's patterns take more than ${Number((limit / 1000).toFixed(1))} s for it`;
        const isLate = why === tookTooLong && isOver(patience);
        return { why: why === tookTooLong ? slow : why, at: encoded.length, ...(isLate && { isLate }) };
      } catch (error) {
        return { why: reasonOf(error), at: encoded.length };
      }
    },
  };
}

function inTime<T>(limit: number, all: TextTime | undefined, work: () => T): T | typeof tookTooLong {
  if (all === undefined) return within(limit, work);
  const begun = performance.now();
  const result = within(Math.max(1, Math.ceil(Math.min(limit, all.left))), work);
  all.left -= performance.now() - begun;
  return result;
}

const isOver = ({ all }: Patience): boolean => all !== undefined && all.left <= 0;

/** Marks before a text, between two and behind them, found in what the tokenizer makes of a word. */
function marksOf(
  bare: Encodings["bare"],
  whole: Encodings["whole"],
  isPair: boolean,
): readonly Ids[] | undefined {
  const probe = ["a", "b", "1", "the", "."].find((text) => bare(text).length > 0) ?? "a";
  const own = bare(probe).join();
  const size = bare(probe).length;
  const all = isPair ? whole(probe, probe) : whole(probe);
  const from = (start: number): number => {
    for (let i = start; i + size <= all.length; i++) if (all.slice(i, i + size).join() === own) return i;
    return -1;
  };
  const first = from(0);
  const second = isPair ? from(first + size) : all.length;
  if (first < 0 || second < 0) return undefined;
  const part = (start: number, end: number) => all.slice(start, end);
  return isPair
    ? [part(0, first), part(first + size, second), part(second + size, all.length)]
    : [part(0, first), [], part(first + size, all.length)];
}

/** How much of each of two texts stays, the longer one cut first: `longest_first` of Hugging Face's tokenizers. */
function shares(first: number, second: number, room: number): readonly [number, number] {
  if (first + second <= room) return [first, second];
  const isSwapped = first > second;
  let [shorter, longer] = isSwapped ? [second, first] : [first, second];
  longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = Math.floor(room / 2);
    longer = shorter + (room % 2);
  }
  return isSwapped ? [longer, shorter] : [shorter, longer];
}

async function bytesOf(file: string): Promise<Uint8Array | DataProblem> {
  const opened = await openFile(file);
  if ("code" in opened) return opened;
  try {
    if (opened.size > mostBytes)
      return {
        code: "too-large",
        message: "The file is too large for a tokenizer.",
        file,
        expected: `at most ${mostBytes} bytes`,
        found: opened.size,
      };
    return await readAt(opened, 0, opened.size);
  } catch (error) {
    return fileProblem(file, error);
  } finally {
    await opened.handle.close();
  }
}
