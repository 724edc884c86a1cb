import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packageRoot } from "./packageRoot.ts";
import { makeFolders } from "./runs/durable.ts";
import { fileError, RunError, toOutput } from "./runs/runError.ts";

const experiment = "digits.distill.json";
const files = [experiment, "images.idx.gz", "labels.idx.gz", "ORIGIN.md"];

/**
 * Makes a folder with an experiment that runs as it is: 3,000 handwritten digits, with their origin. The folder appears
 * whole or not at all.
 *
 * @returns the path of the experiment file
 * @throws RunError with code `exists` where something has that name, or the code of the failed write
 */
export const createExample = (folder: string): Promise<string> => toOutput(() => create(folder));

async function create(folder: string): Promise<string> {
  if (existsSync(folder)) {
    throw new RunError("exists", `${folder} already exists.`, "Choose another name.");
  }
  const partial = join(dirname(folder), `.digits-${randomUUID()}`);
  try {
    makeFolders(partial);
    for (const file of files)
      await copyFile(join(packageRoot(), "examples", "digits", file), join(partial, file));
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {}); // the disk may be full, or gone
    throw fileError(error, "create", folder);
  }
  return join(folder, experiment);
}

/** The example in `parent`: the one that is there, else a new one under the first free name. */
export async function exampleIn(parent: string): Promise<string> {
  for (let count = 1; ; count++) {
    const folder = join(parent, count === 1 ? "digits" : `digits-${count}`);
    if (files.every((file) => existsSync(join(folder, file)))) return join(folder, experiment);
    if (!existsSync(folder)) return createExample(folder);
  }
}
