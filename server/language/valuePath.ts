import type { JSONPath } from "jsonc-parser";

/** Notation for the place of a value in an experiment: `losses[0].temperature`. */

/** Undefined for what is no such path. */
export function parsePath(text: string): JSONPath | undefined {
  const segments: JSONPath = [];
  let rest = text;
  while (rest !== "") {
    const match =
      segments.length === 0 ? /^[^.[\]=\s]+/.exec(rest) : /^(?:\.([^.[\]=\s]+)|\[(\d+)\])/.exec(rest);
    if (match === null) return undefined;
    const [all, key, index] = match;
    segments.push(index === undefined ? (key ?? all) : Number(index));
    rest = rest.slice(all.length);
  }
  return segments.length > 0 ? segments : undefined;
}

export const pathText = (path: JSONPath): string =>
  path
    .map((segment, index) =>
      typeof segment === "number" ? `[${segment}]` : index === 0 ? segment : `.${segment}`,
    )
    .join("");
