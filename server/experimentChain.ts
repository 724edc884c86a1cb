import { dirname, resolve } from "node:path";
import { fileProblem, openFile, readAt } from "./data/formats/bytes.ts";
import type { DataProblem } from "./data/problem.ts";
import { parse } from "./language/parse.ts";
import { references } from "./language/references.ts";

/** No person writes a longer experiment. */
const mostBytes = 4_000_000;

/** Any experiments that teach each other in so long a chain are a mistake. */
const longest = 50;

/** The text of an experiment that another one names. */
export async function readExperimentText(file: string): Promise<string | DataProblem> {
  const opened = await openFile(file);
  if ("code" in opened) return opened;
  try {
    if (opened.size > mostBytes)
      return {
        code: "too-large",
        message: "This is too long for an experiment.",
        file,
        found: `${opened.size} bytes`,
      };
    const bytes = await readAt(opened, 0, opened.size);
    return "code" in bytes ? bytes : new TextDecoder().decode(bytes).replace(/^\uFEFF/, "");
  } catch (error) {
    return fileProblem(file, error);
  } finally {
    await opened.handle.close();
  }
}

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
