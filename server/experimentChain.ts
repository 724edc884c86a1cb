import { dirname, resolve } from "node:path";
import { readWhole, withFile } from "./data/formats/bytes.ts";
import type { DataProblem } from "./data/problem.ts";
import { parse } from "./language/parse.ts";
import { references } from "./language/references.ts";

/** Longer experiments are a mistake. */
const mostBytes = 4_000_000;

/** A longer chain of experiments that teach each other is a mistake. */
const longest = 50;

/** The text of an experiment that another one names. */
export const readExperimentText = (file: string): Promise<string | DataProblem> =>
  withFile(file, {}, async (opened) => {
    const bytes = await readWhole(opened, { most: mostBytes, what: "an experiment" });
    return "code" in bytes ? bytes : new TextDecoder().decode(bytes).replace(/^\uFEFF/, "");
  });

/** The files whose students teach each other in a circle that one of them leads into: from the first of them to itself. */
export async function circleFrom(
  file: string,
  before: readonly string[] = [],
): Promise<readonly string[] | undefined> {
  const start = before.indexOf(file);
  const chain = [...before, file];
  if (start >= 0) return chain.slice(start);
  if (chain.length > longest) return chain;
  const text = await readExperimentText(file);
  if (typeof text === "object") return undefined;
  for (const { kind, path } of references(parse(text).root)) {
    if (kind !== "experiment") continue;
    const circle = await circleFrom(resolve(dirname(file), path), chain);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
