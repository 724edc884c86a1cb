import { distance } from "fastest-levenshtein";

/**
 * The candidate that was probably meant, or none: case aside, at most a third of its letters may be wrong, or only
 * their order (`mpl`), and at least one letter must be right.
 */
export function suggestion(written: string, candidates: Iterable<string>): string | undefined {
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

const letters = (word: string): string => [...word].sort().join("");
