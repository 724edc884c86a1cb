import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { experimentReference } from "./generate/reference.ts";
import { experimentTypes, resolvedTypes } from "./generate/types.ts";
import { experimentValidator, validatorTypes } from "./generate/validator.ts";

/**
 * Writes what follows from schemas/experiment.schema.json: the types, the validator, and the reference page.
 * `--check` writes nothing and exits with 1 where one of them is stale.
 */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["experiment.gen.ts", await experimentTypes()],
    ["resolvedExperiment.gen.ts", await resolvedTypes()],
    ["experiment.validate.gen.mjs", await experimentValidator()],
    ["experiment.validate.gen.d.mts", validatorTypes()],
    ["REFERENCE.md", experimentReference()],
  ]);
}

/** The names of the files in schemas/ that are not what the schema says. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, text] of await generated()) {
    const current = await readFile(inSchemas(name), "utf8").catch(() => "");
    if (current !== text) stale.push(name);
  }
  return stale;
}

const inSchemas = (name: string): string => fileURLToPath(new URL(`../schemas/${name}`, import.meta.url));

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const stale = await staleFiles();
    for (const name of stale)
      process.stderr.write(`schemas/${name} is stale: run node scripts/generate.ts\n`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const [name, text] of await generated()) await writeFile(inSchemas(name), text);
  }
}
