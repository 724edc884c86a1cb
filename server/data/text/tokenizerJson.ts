import { isRecord } from "../../isRecord.ts";

/** A tokenizer.json in which {@link tokenizerMistake} finds no mistake. */
export interface TokenizerJson {
  readonly model: Model;
  readonly added_tokens?: readonly AddedToken[] | null;
  readonly normalizer?: Part | null;
  readonly pre_tokenizer?: Part | null;
  /** How texts are put together; not checked further. */
  readonly post_processor?: unknown;
  readonly padding?: { readonly pad_id?: number } | null;
}

interface Model {
  readonly type?: string;
  /** Numbers by word, or words with their scores in the order of their numbers. */
  readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
  readonly unk_token?: string | null;
}

interface AddedToken {
  /** Stands for no word. */
  readonly special?: unknown;
  readonly id: number;
  readonly content: string;
}

/** One of the steps that a text takes. */
export interface Part {
  readonly type?: string;
  readonly normalizers?: readonly Part[];
  readonly pretokenizers?: readonly Part[];
}

/** Samples are numbers of 32 bits, which are exact below this. */
const mostIds = 2 ** 24;
/** Patterns of known tokenizers have less than 1,000 characters. */
const longestText = 10_000;
/** How many times as long a text may become before it is cut. */
const mostGrowth = 1000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * What keeps a file's value from being a {@link TokenizerJson}: the file is not trusted. The words follow "This is no
 * tokenizer.json:".
 */
export function tokenizerMistake(json: unknown): string | undefined {
  if (!isRecord(json) || !isRecord(json["model"])) return "it has no `model`";
  const { model, padding } = json as { model: Fields; padding?: unknown };
  const pad = isRecord(padding) ? padding["pad_id"] : undefined;
  const unknown = model["unk_id"] ?? undefined;
  return (
    idsMistake(model["vocab"], json["added_tokens"] ?? []) ??
    (model["merges"] !== undefined && !isListOf(model["merges"], isMerge)
      ? "`model.merges` holds something else than pairs of words"
      : undefined) ??
    ((model["unk_token"] ?? "") !== String(model["unk_token"] ?? "")
      ? "`model.unk_token` is no text"
      : undefined) ??
    (unknown !== undefined &&
    !(isId(unknown) && Array.isArray(model["vocab"]) && unknown < model["vocab"].length)
      ? `\`model.unk_id\` is ${spelled(unknown)}, which is the number of no word`
      : undefined) ??
    (pad !== undefined && !isId(pad) ? wrongId("`padding.pad_id`", pad) : undefined) ??
    partsMistake(json)
  );
}

/** The number of each token. */
export function idsOf({ model: { vocab }, added_tokens }: TokenizerJson): Map<string, number> {
  const own = Array.isArray(vocab)
    ? vocab.map(([word], id) => [word, id] as const)
    : Object.entries(vocab as Record<string, number>);
  return new Map([...own, ...(added_tokens ?? []).map(({ id, content }) => [content, id] as const)]);
}

/** Whether the second of two texts has a type of its own, as BERT's has. */
export function tellsTypes(processor: unknown): boolean {
  if (!isRecord(processor)) return false;
  const { type, processors, pair } = processor;
  if (type === "BertProcessing") return true;
  if (Array.isArray(processors))
    return processors.some((one) => isRecord(one) && one["type"] !== "Sequence" && tellsTypes(one));
  const typeOf = (piece: unknown) =>
    isRecord(piece) && Object.values(piece).some((it) => isRecord(it) && it["type_id"] === 1);
  return type === "TemplateProcessing" && Array.isArray(pair) && pair.some(typeOf);
}

function idsMistake(vocab: unknown, added: unknown): string | undefined {
  const words = new Map<number, string>();
  if (Array.isArray(vocab)) {
    const at = vocab.findIndex((pair) => !isScored(pair));
    if (at >= 0) return `entry ${at} of \`model.vocab\` is no word with its score`;
    if (vocab.length > mostIds) return `\`model.vocab\` has more than ${mostIds} words`;
    for (const [id, [word]] of vocab.entries()) words.set(id, word);
  } else if (isRecord(vocab)) {
    for (const [word, id] of Object.entries(vocab)) {
      if (!isId(id)) return wrongId(`the word ${spelled(word)} of \`model.vocab\``, id);
      if (words.has(id)) return sameId(id, words.get(id), word);
      words.set(id, word);
    }
  }
  if (words.size === 0) return "its model has no `vocab`";
  if (!Array.isArray(added)) return "`added_tokens` is no list";
  for (const [i, token] of added.entries()) {
    const { id, content } = (isRecord(token) ? token : {}) as Fields;
    if (typeof content !== "string" || content === "")
      return `entry ${i} of \`added_tokens\` has no \`content\``;
    if (content.length > longestText) return `entry ${i} of \`added_tokens\` is too long`;
    if (!isId(id)) return wrongId(`the added token ${spelled(content)}`, id);
    const same = words.get(id);
    if (same !== undefined && same !== content) return sameId(id, same, content);
    words.set(id, content);
  }
  return undefined;
}

/** Steps are checked for what could take all memory; how each is made, the library knows. */
function partsMistake(json: Fields): string | undefined {
  let growth = 1;
  for (const key of ["normalizer", "pre_tokenizer", "post_processor"]) {
    const value = json[key];
    const odd = value === undefined || value === null ? undefined : stepMistake(value);
    if (odd !== undefined) return `\`${key}\` ${odd}`;
    for (const [name, text] of textsIn(value)) {
      if (name === "precompiled_charsmap") continue;
      if (text.length > longestText)
        return `a \`${name}\` of \`${key}\` has more than ${longestText} characters`;
      // A pattern may match between any two characters.
      if (key !== "post_processor" && ["content", "prepend", "replacement"].includes(name))
        growth *= Math.max(1, text.length);
    }
  }
  for (const name of ["continuing_subword_prefix", "end_of_word_suffix"])
    growth *= Math.max(1, String((json["model"] as Fields)[name] ?? "").length);
  return growth > mostGrowth ? `a text could become more than ${mostGrowth} times as long` : undefined;
}

/** A step has a type; one that is a sequence holds others. */
function stepMistake(step: unknown): string | undefined {
  if (!isRecord(step)) return `is ${spelled(step)}`;
  if (typeof step["type"] !== "string") return "has a step without a `type`";
  const { pattern } = step;
  if (
    pattern !== undefined &&
    !(isRecord(pattern) && typeof (pattern["Regex"] ?? pattern["String"]) === "string")
  )
    return `has the pattern ${spelled(pattern)}`;
  const inner = [step["normalizers"], step["pretokenizers"], step["processors"]].find(
    (one) => one !== undefined,
  );
  if (inner === undefined) return undefined;
  if (!Array.isArray(inner)) return `has the steps ${spelled(inner)}`;
  return inner.map(stepMistake).find((one) => one !== undefined);
}

/** All texts inside of a value, with the keys that they stand under. */
function textsIn(value: unknown): (readonly [key: string, text: string])[] {
  const found: (readonly [string, string])[] = [];
  const left: [string, unknown][] = [["", value]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [key, one] = next;
    if (typeof one === "string") found.push([key, one]);
    else if (Array.isArray(one)) for (const entry of one) left.push([key, entry]);
    else if (isRecord(one)) left.push(...Object.entries(one));
  }
  return found;
}

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < mostIds;

const isListOf = (value: unknown, is: (entry: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(is);

const isMerge = (entry: unknown): boolean =>
  typeof entry === "string" ||
  (isListOf(entry, (word) => typeof word === "string") && (entry as unknown[]).length === 2);

const isScored = (entry: unknown): boolean =>
  Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "number";

const spelled = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

const wrongId = (whose: string, id: unknown): string =>
  `the number of ${whose} is ${spelled(id)}, and not a whole one from 0 to ${mostIds - 1}`;

const sameId = (id: number, one: string | undefined, other: string): string =>
  `${spelled(one)} and ${spelled(other)} have the same number, ${id}`;
