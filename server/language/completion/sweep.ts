import type { Cursor } from "../cursor.ts";
import { documentation } from "../documentation.ts";
import { keyOf, nodeAt, type Parsed, properties } from "../parse.ts";
import { oneLine } from "../skeleton.ts";
import { sweepPaths } from "../sweepPaths.ts";
import { type Choice, kindOf, stops } from "./item.ts";

/** Paths of the values that can vary in this experiment; each list begins with the current value. */
export function sweepKeyChoices({ root }: Parsed, { path, word, hasColon }: Cursor): Choice[] {
  const present = new Set(
    properties(nodeAt(root, path))
      .filter(({ children: [key] = [] }) => key?.offset !== word.offset)
      .map(keyOf),
  );
  return sweepPaths(root)
    .filter(({ path }) => !present.has(path))
    .map(({ path, schema, value }): Choice => {
      const now = value === undefined ? "" : oneLine(value);
      return {
        label: path,
        kind: kindOf.Property,
        detail: now === "" ? "" : `now ${now}`,
        documentation: documentation(schema),
        ...(hasColon
          ? { text: JSON.stringify(path) }
          : { text: `${JSON.stringify(path)}: [${stops()(now)}]`, isSnippet: true, goesOn: now === "" }),
      };
    });
}

/** Whether its keys are the user's own: the paths of a sweep. */
export const isSweepParameters = ([sweep, parameters, ...rest]: Cursor["path"]): boolean =>
  sweep === "sweep" && parameters === "parameters" && rest.length === 0;
