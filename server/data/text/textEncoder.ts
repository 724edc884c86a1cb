import { Tokenizer } from "@huggingface/tokenizers";
import { idsOf, type Part, type TokenizerJson, tellsTypes, tokenizerMistake } from "./tokenizerJson.ts";

/** What numbers of a text's samples are. */
export interface TokenFacts {
  /** Numbers are below this. */
  readonly vocabulary: number;
  /** The number that stands behind the end of a text. */
  readonly padding: number;
  /** Numbers of what is no word: marks of beginning and end, and the like; absent: none are known. */
  readonly special?: readonly number[];
  /** SHA-256 of the tokenizer's file, as hex; absent where numbers come without one. */
  readonly tokenizer?: string;
  /** The marks behind which the second of two texts stands, where the tokenizer tells types of its numbers apart. */
  readonly between?: readonly number[];
}

export type TextOrPair = readonly [text: string, pair?: string];

export interface EncodingRequest {
  readonly texts: readonly TextOrPair[];
  /** Numbers a text. */
  readonly length: number;
}

export interface OpenedTokenizer {
  readonly facts: TokenFacts;
  /** How many numbers of one text, or of two, belong to no word. */
  readonly marks: Readonly<Record<"single" | "pair", number>>;
}

export interface EncodedTexts {
  /** Cut and padded, [texts, length]. */
  readonly ids: Float32Array<ArrayBuffer>;
  /** Of each text, how many of the numbers are no padding. */
  readonly sizes: Int32Array;
  /** How many texts were cut. */
  readonly cut: number;
}

export interface Refused {
  /** Goes on "This is no tokenizer.json:" or "A text cannot be encoded:". */
  readonly why: string;
}

/** @param progress how many of the texts are done */
export type TextEncoding = (request: EncodingRequest, progress: Int32Array) => EncodedTexts | Refused;

/**
 * What makes numbers of texts, of the bytes of a tokenizer.json. Patterns in it may take for ever: who does not know where it comes
 * from runs this in a thread.
 * @param sha256 of the bytes
 * @throws what the library says of a file whose parts it does not know
 */
export function openTextEncoder(
  bytes: Uint8Array,
  sha256: string,
): { readonly tokenizer: OpenedTokenizer; readonly encode: TextEncoding } | Refused {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return { why: "it is no JSON" };
  }
  const mistake = tokenizerMistake(parsed);
  if (mistake !== undefined) return { why: mistake };
  const json = parsed as TokenizerJson;
  const numbers = idsOf(json);
  const padding = json.padding?.pad_id ?? numbers.get("[PAD]") ?? numbers.get("<pad>") ?? 0;
  const tokenizer = new Tokenizer(
    {
      ...json,
      decoder: null, // Nothing is made a text again.
      added_tokens: json.added_tokens ?? [],
      normalizer: withNmt(json.normalizer),
      pre_tokenizer: unicodeWords(json.pre_tokenizer),
    },
    {},
  );
  const special = (json.added_tokens ?? []).flatMap((one) => (one.special === true ? [one.id] : []));
  const facts: TokenFacts = {
    vocabulary: [...numbers.values()].reduce((most, id) => Math.max(most, id), padding) + 1,
    padding,
    ...(special.length > 0 && { special }),
    tokenizer: sha256,
  };
  const found = encodings(tokenizer, numbers.get(json.model.unk_token ?? ""));
  return encoder(facts, { ...found, tellsTypes: tellsTypes(json.post_processor) });
}

/** SentencePiece's `Nmt`, which the library does not have: control characters vanish, and what parts words is a space. */
const nmt: unknown = {
  type: "Sequence",
  normalizers: [
    ["[\\u0001-\\u0008\\u000b\\u000e-\\u001f\\u007f\\u008f\\u009f]", ""],
    ["[\\t\\n\\f\\r\\u1680\\u200b-\\u200f\\u2028\\u2029\\u2581\\ufeff\\ufffd]", " "],
  ].map(([pattern, content]) => ({ type: "Replace", pattern: { Regex: pattern }, content })),
};

function withNmt(given: Part | null | undefined): unknown {
  if (given?.normalizers) return { ...given, normalizers: given.normalizers.map(withNmt) };
  return given?.type === "Nmt" ? nmt : given;
}

const wordCharacters = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";

/** `Whitespace` takes words by what is a letter in any script; the library takes ASCII for that. */
function unicodeWords(given: Part | null | undefined): unknown {
  if (given?.pretokenizers) return { ...given, pretokenizers: given.pretokenizers.map(unicodeWords) };
  if (given?.type !== "Whitespace") return given;
  const pattern = { Regex: `[${wordCharacters}]+|[^${wordCharacters}\\s]+` };
  return { type: "Split", pattern, behavior: "Removed", invert: true };
}

interface EncodedText {
  readonly ids: readonly number[];
  readonly isCut: boolean;
}

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
): ReturnType<typeof openTextEncoder> {
  const single = marksOf(bare, whole, false);
  const double = marksOf(bare, whole, true);
  if ([single, double].some((marks) => marks?.flat().includes(undefined)))
    return { why: "it puts a mark around texts that has no number" };
  const encodeOne = ([text, pair]: TextOrPair, length: number): EncodedText | Refused => {
    const marks = (pair === undefined ? single : double) as readonly (readonly number[])[] | undefined;
    if (marks === undefined) return { why: "the tokenizer does not say how it puts two texts together" };
    const [first, second] = [bare(text), pair === undefined ? [] : bare(pair)];
    if (first.includes(undefined) || second.includes(undefined))
      return { why: "the tokenizer has no number for a word, and no unknown one" };
    const room = Math.max(0, length - marks.reduce((sum, part) => sum + part.length, 0));
    const [a, b] = pair === undefined ? [room, 0] : shares(first.length, second.length, room);
    const [before = [], between = [], after = []] = marks;
    const kept = [first.slice(0, a) as number[], second.slice(0, b) as number[]] as const;
    const ids = [...before, ...kept[0], ...between, ...kept[1], ...after].slice(0, length);
    return { ids, isCut: first.length + second.length > room };
  };
  const mark = tellsTypes ? (double?.[1] as readonly number[] | undefined) : undefined;
  const countOf = (marks: readonly Ids[] | undefined) =>
    marks?.reduce((sum, part) => sum + part.length, 0) ?? 0;
  return {
    tokenizer: {
      facts: mark === undefined || mark.length === 0 ? facts : { ...facts, between: mark },
      marks: { single: countOf(single), pair: countOf(double) },
    },
    encode({ texts, length }, progress) {
      const ids = new Float32Array(texts.length * length).fill(facts.padding);
      const sizes = new Int32Array(texts.length);
      let cut = 0;
      for (const [i, text] of texts.entries()) {
        Atomics.store(progress, 0, i);
        const encoded = encodeOne(text, length);
        if ("why" in encoded) return encoded;
        ids.set(encoded.ids, i * length);
        sizes[i] = encoded.ids.length;
        if (encoded.isCut) cut++;
      }
      return { ids, sizes, cut };
    },
  };
}

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
