import { createHash } from "node:crypto";
import type { Tokenizer } from "@huggingface/tokenizers";
import { fileProblem, openFile, readAt } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";

/** What numbers of a text's samples are. */
export interface TokenFacts {
  /** Numbers are below this. */
  readonly vocabulary: number;
  /** The number that stands behind the end of a text. */
  readonly padding: number;
  /** SHA-256 of the tokenizer's file, as hex. */
  readonly tokenizer: string;
}

export interface TextEncoder {
  readonly facts: TokenFacts;
  /** The numbers of a text, or of two, cut to `length` and not padded. */
  encode(text: string, pair: string | undefined, length: number): readonly number[] | Unencodable;
  /** How many of them belong to no text: marks of beginning and end. */
  marks(isPair: boolean): number;
}

interface Unencodable {
  readonly why: string;
}

/** A vocabulary of 250,000 words takes about 20 MB. */
const mostBytes = 100_000_000;

/** What of a tokenizer.json is used here beside what the library does. */
interface TokenizerJson {
  readonly model?: { readonly type?: string; readonly vocab?: unknown; readonly unk_token?: string };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  readonly pre_tokenizer?: PreTokenizer | null;
  readonly padding?: { readonly pad_id?: number } | null;
}

interface PreTokenizer {
  readonly type?: string;
  readonly pretokenizers?: readonly PreTokenizer[];
}

const wordCharacters = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";

/** `Whitespace` takes words by what is a letter in any script; the library takes ASCII for that. */
function unicodeWords(given: PreTokenizer | null | undefined): unknown {
  if (given?.pretokenizers) return { ...given, pretokenizers: given.pretokenizers.map(unicodeWords) };
  if (given?.type !== "Whitespace") return given;
  const pattern = { Regex: `[${wordCharacters}]+|[^${wordCharacters}\\s]+` };
  return { type: "Split", pattern, behavior: "Removed", invert: true };
}

/** Opens a tokenizer.json, as Hugging Face's tokenizers writes it. */
export async function openTokenizer(file: string): Promise<TextEncoder | DataProblem> {
  const bytes = await bytesOf(file);
  if ("code" in bytes) return bytes;
  const bad = (why: string): DataProblem => ({
    code: "bad-tokenizer",
    message: `This is no tokenizer.json: ${why}. In Python, tokenizer.save_pretrained(".") of transformers writes one, or tokenizer.save("tokenizer.json") of tokenizers.`,
    file,
  });
  let json: TokenizerJson;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return bad("it is no JSON");
  }
  if (typeof json?.model !== "object" || json.model === null) return bad("it has no `model`");
  const { Tokenizer } = await import("@huggingface/tokenizers");
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer({ ...json, pre_tokenizer: unicodeWords(json.pre_tokenizer) }, {});
    tokenizer.encode("a");
  } catch (error) {
    return bad(error instanceof Error ? (error.message.split("\n")[0] as string) : "it cannot be read");
  }
  const numbers = idsOf(json);
  if (numbers.size === 0) return bad("its model has no `vocab`");
  const padding = json.padding?.pad_id ?? numbers.get("[PAD]") ?? numbers.get("<pad>") ?? 0;
  const unknown = json.model.unk_token === undefined ? undefined : numbers.get(json.model.unk_token);
  const facts: TokenFacts = {
    vocabulary: [...numbers.values()].reduce((most, id) => Math.max(most, id), padding) + 1,
    padding,
    tokenizer: createHash("sha256").update(bytes).digest("hex"),
  };
  return encoder(facts, {
    // Of an unknown word the library gives no number, where the model is WordLevel.
    bare: (text) =>
      tokenizer
        .encode(text, { add_special_tokens: false })
        .ids.map((id: number | undefined) => id ?? unknown),
    whole: (text, pair) =>
      tokenizer
        .encode(text, pair === undefined ? {} : { text_pair: pair })
        .ids.map((id: number | undefined) => id ?? unknown),
  });
}

type Ids = readonly (number | undefined)[];

interface Encodings {
  readonly bare: (text: string) => Ids;
  readonly whole: (text: string, pair?: string) => Ids;
}

/** The library neither cuts nor pads: a text is cut by itself, and the marks around it are put back. */
function encoder(facts: TokenFacts, { bare, whole }: Encodings): TextEncoder {
  const single = marksOf(bare, whole, false);
  const double = marksOf(bare, whole, true);
  return {
    facts,
    marks: (isPair) => (isPair ? double : single)?.reduce((sum, marks) => sum + marks.length, 0) ?? 0,
    encode(text, pair, length) {
      const marks = pair === undefined ? single : double;
      if (marks === undefined) return { why: "the tokenizer does not say how it puts two texts together" };
      const [first, second] = [bare(text), pair === undefined ? [] : bare(pair)];
      const odd = [...first, ...second].includes(undefined);
      if (odd) return { why: "the tokenizer has no number for a word, and no unknown one" };
      const room = Math.max(0, length - marks.reduce((sum, part) => sum + part.length, 0));
      const [a, b] = pair === undefined ? [room, 0] : shares(first.length, second.length, room);
      const [before = [], between = [], after = []] = marks;
      return [
        ...before,
        ...(first.slice(0, a) as number[]),
        ...between,
        ...(second.slice(0, b) as number[]),
        ...after,
      ].slice(0, length);
    },
  };
}

/** Marks before a text, between two and behind them, found in what the tokenizer makes of a word. */
function marksOf(
  bare: Encodings["bare"],
  whole: Encodings["whole"],
  isPair: boolean,
): readonly (readonly number[])[] | undefined {
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
  const part = (start: number, end: number) => all.slice(start, end) as number[];
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

/** The number of each token: a vocabulary maps them, or lists them with their scores. */
function idsOf({ model, added_tokens: added = [] }: TokenizerJson): Map<string, number> {
  const vocab = model?.vocab;
  const own = Array.isArray(vocab)
    ? vocab.map((entry, id) => [String(Array.isArray(entry) ? entry[0] : entry), id] as const)
    : Object.entries((vocab ?? {}) as Record<string, number>);
  return new Map([...own, ...added.map(({ id, content }) => [content, id] as const)]);
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
