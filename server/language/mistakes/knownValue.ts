import type { Node } from "jsonc-parser";
import { counted } from "../../grouped.ts";
import { quoted } from "../../parameters/words.ts";
import type { Knowledge } from "../facts.ts";
import { references } from "../references.ts";

/** What a file of an experiment says of a key that is missing. */
export interface KnownValue {
  readonly value: number;
  /** A sentence. */
  readonly words: string;
}

/** Undefined where no file says it, or two say something else. */
export function knownValue(key: string, root: Node, knowledge: Knowledge): KnownValue | undefined {
  if (key !== "vocabulary") return undefined;
  const tokenizers = references(root).filter(({ kind }) => kind === "tokenizer");
  const known = tokenizers.map((reference) => ({ reference, facts: knowledge(reference)?.facts }));
  const [first, ...others] = known;
  const value = first?.facts?.vocabulary;
  if (first === undefined || value === undefined || others.some(({ facts }) => facts?.vocabulary !== value))
    return undefined;
  return { value, words: `${quoted(first.reference.path)} has ${counted(value, "token")}.` };
}
