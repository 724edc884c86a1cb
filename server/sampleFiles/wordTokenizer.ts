import type { DataProblem } from "../data/problem.ts";
import { type AnyText, columnsOf, openTexts } from "../data/sources/text.ts";
import { findColumn } from "../data/tables/table.ts";

const marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];

/** Tokens in all: what an experiment on found texts gives its networks as `vocabulary`. */
export const mostTokens = 4000;
/** Of a longer table the first texts are enough. */
const mostRows = 20_000;

/**
 * A tokenizer.json of WordPiece (Schuster and Nakajima 2012) for texts that have none: their most frequent words, and their
 * characters for all other words. Hugging Face's tokenizers reads it.
 */
export async function wordTokenizer(source: AnyText, folder: string): Promise<string | DataProblem> {
  const table = await openTexts(source, folder, { isLabelled: false });
  if ("code" in table) return table;
  try {
    const found = columnsOf(source).texts.map((column) => findColumn(table, column));
    const missing = found.find((column) => typeof column === "object");
    if (typeof missing === "object") return missing;
    const places = found as readonly number[];
    const words = new Map<string, number>();
    let rows = 0;
    for await (const row of table.rows({ always: places, columns: [], first: 0, end: 0 })) {
      if ("code" in row) return row;
      for (const place of places)
        for (const word of wordsOf(String(row.cells[place] ?? "")))
          words.set(word, (words.get(word) ?? 0) + 1);
      if (++rows >= mostRows) break;
    }
    return JSON.stringify(tokenizerOf(words));
  } finally {
    await table.close();
  }
}

/** As BERT's tokenizers take words apart: lower case, without accents, every mark by itself. */
const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];

function tokenizerOf(words: ReadonlyMap<string, number>) {
  const byCount = [...words].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([word]) => word);
  const characters = [...new Set(byCount.flatMap((word) => [...word]))].slice(0, mostTokens / 4);
  const tokens = [...marks, ...characters, ...characters.map((character) => `##${character}`), ...byCount];
  const vocab = Object.fromEntries([...new Set(tokens)].slice(0, mostTokens).map((token, id) => [token, id]));
  const special = marks.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const around = (mark: string) => ({ SpecialToken: { id: mark, type_id: 0 } });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special,
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: true,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [around("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, around("[SEP]")],
      pair: [
        around("[CLS]"),
        { Sequence: { id: "A", type_id: 0 } },
        around("[SEP]"),
        { Sequence: { id: "B", type_id: 1 } },
        { SpecialToken: { id: "[SEP]", type_id: 1 } },
      ],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((mark) => [mark, { id: mark, ids: [marks.indexOf(mark)], tokens: [mark] }]),
      ),
    },
    decoder: null,
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
