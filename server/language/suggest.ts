import { distance } from "fastest-levenshtein";
import { type Fix, fix, replace, type Span, sureFix } from "./finding.ts";

/**
 * The candidate that was probably meant, or none: the closest within a few letters, else the only one that the word abbreviates
 * or extends (`lr` for `learningRate`, `training` for `train`). Case aside.
 */
export function suggestion(written: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return misspelt(written, all) ?? only(all.filter((candidate) => shortens(written, candidate)));
}

/** Replaces the word by the candidate; unambiguous where there is no other. */
export function spelling(
  written: string,
  meant: string,
  { span, among }: { readonly span: Span; readonly among: readonly string[] },
): Fix {
  const others = among.filter((candidate) => candidate !== meant);
  const make = suggestion(written, others) === undefined ? sureFix : fix;
  return make(`Change to "${meant}"`, replace(span, `"${meant}"`));
}

/** At most a third of the letters may be wrong, or only their order (`mpl`), and at least one letter must be right. */
function misspelt(written: string, candidates: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const changes = distance(lower, other);
    const allowed = Math.max(1, Math.floor(Math.max(lower.length, other.length) / 3));
    const isClose = changes <= allowed || (changes === 2 && letters(lower) === letters(other));
    if (isClose && changes < other.length && changes < least) {
      best = candidate;
      least = changes;
    }
  }
  return best;
}

/** One begins with the other, in at least three letters; or one is the first letters of the other's words. */
function shortens(written: string, candidate: string): boolean {
  const [lower, other] = [written.toLowerCase(), candidate.toLowerCase()];
  const [short, long] = lower.length < other.length ? [lower, other] : [other, lower];
  return (short.length >= 3 && long.startsWith(short)) || initials(candidate) === lower;
}

/** `lr` of `learningRate`; nothing of a single word. */
function initials(name: string): string | undefined {
  const first = name.replace(/^./, (letter) => letter.toUpperCase()).replace(/[^A-Z]/g, "");
  return first.length >= 2 ? first.toLowerCase() : undefined;
}

const only = <T>(values: readonly T[]): T | undefined => (values.length === 1 ? values[0] : undefined);

const letters = (word: string): string => [...word].sort().join("");
