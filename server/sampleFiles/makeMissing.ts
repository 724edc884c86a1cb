import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { shardsOf } from "../data/formats/parquet.ts";
import { npzBytes } from "../data/formats/writeNpz.ts";
import { sentence } from "../data/problem.ts";
import { refusal } from "../data/reading.ts";
import type { AnyText } from "../data/sources/text.ts";
import type { FileReference } from "../language/facts.ts";
import { dataOf, parse } from "../language/parse.ts";
import { references } from "../language/references.ts";
import { isMade } from "../language/rules/missingFile.ts";
import { makeFolders } from "../runs/durable.ts";
import { fileError, RunError } from "../runs/runError.ts";
import { digits } from "./digits.ts";
import { rings, type SampleSplit, shapes } from "./drawn.ts";
import { wordTokenizer } from "./wordTokenizer.ts";

/**
 * Makes sample data for the files that an experiment names and that are not there: handwritten digits, drawn shapes, a table
 * of rings, and for texts that are there a tokenizer. What is there is kept.
 *
 * @returns the paths, as the experiment has them
 * @throws RunError where a file cannot be written, or texts cannot be read
 */
export async function makeMissing(text: string, folder: string): Promise<string[]> {
  const missing = new Map<string, FileReference[]>();
  for (const reference of references(parse(text).root)) {
    const file = resolve(folder, reference.path);
    if (isMade(reference) && !existsSync(file)) missing.set(file, [...(missing.get(file) ?? []), reference]);
  }
  // Tokenizers last: the texts that they are made of may be read.
  const inOrder = [...missing].sort(
    ([, [a]], [, [b]]) => Number(a?.kind === "tokenizer") - Number(b?.kind === "tokenizer"),
  );
  const made: string[] = [];
  for (const [file, uses] of inOrder) {
    const refused = await refusal(file);
    if (refused !== undefined)
      throw new RunError(refused.code, refused.message, "Name a file in the workspace.");
    const content = await contentOf(uses, folder);
    if (content === undefined) continue;
    try {
      makeFolders(dirname(file));
      await writeFile(file, /\.gz$/i.test(file) ? gzipSync(content) : content, { flag: "wx" });
    } catch (error) {
      throw fileError(error, "create", file);
    }
    made.push(uses[0]?.path ?? file);
  }
  return made;
}

async function contentOf(
  uses: readonly FileReference[],
  folder: string,
): Promise<Uint8Array | string | undefined> {
  const [use] = uses;
  switch (use?.kind) {
    case "idx-images":
      return digits("images", splitOf(use));
    case "idx-labels":
      return digits("labels", splitOf(use));
    case "csv":
      return rings(splitOf(use), String(use.columns?.label ?? "label"));
    case "npz": {
      const arrays = uses.flatMap((part) => {
        const { images, labels } = shapes(splitOf(part));
        const { features, labels: named } = part.arrays ?? {};
        return [
          ...(features === undefined ? [] : [[features, images] as const]),
          ...(named === undefined ? [] : [[named, labels] as const]),
        ];
      });
      return npzBytes(Object.fromEntries(arrays));
    }
    case "tokenizer":
      return tokenizerOf(use, folder);
    default:
      return undefined;
  }
}

/** Made of the texts that stand beside its path. */
async function tokenizerOf({ node }: FileReference, folder: string): Promise<string | undefined> {
  const source = dataOf(node.parent?.parent) as AnyText;
  const path = "folder" in source ? source.folder : "lines" in source ? source.lines : source.path;
  if (typeof path !== "string") return undefined;
  const [first] = await shardsOf(resolve(folder, path));
  if (first === undefined || !existsSync(first)) return undefined;
  const made = await wordTokenizer(source, folder);
  if (typeof made === "string") return made;
  throw new RunError(made.code, sentence({ ...made, file: path }), "Correct the source of the texts first.");
}

/** Validation and test have samples of their own; unlabelled ones are among those that train. */
function splitOf({ at }: FileReference): SampleSplit {
  const [, split] = at;
  return split === "validation" || split === "test" ? split : "train";
}
