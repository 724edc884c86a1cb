import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { experimentSchemaText } from "./generate/schema.ts";
import { writeGenerated } from "./generate/writeGenerated.ts";

/**
 * Writes schemas/experiment.schema.json from its frame and the tables in the code, and what follows from it: types,
 * validator and reference page. `--check` writes nothing and exits with 1 where one of them is out of date.
 */
const schemaName = "experiment.schema.json";
const inSchemas = (name: string): string => fileURLToPath(new URL(`../schemas/${name}`, import.meta.url));

/** Names of the files in schemas/ that are out of date. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, text] of [[schemaName, experimentSchemaText()] as const, ...(await followingFiles())]) {
    const current = await readFile(inSchemas(name), "utf8").catch(() => "");
    if (current !== text) stale.push(name);
  }
  return stale;
}

/** Generated from the schema on disk: modules that read it are imported only after it is written. */
async function followingFiles(): Promise<(readonly [name: string, text: string])[]> {
  const [
    { experimentTypes, resolvedTypes },
    { experimentValidator, validatorTypes },
    { experimentReference },
  ] = await Promise.all([
    import("./generate/types.ts"),
    import("./generate/validator.ts"),
    import("./generate/reference.ts"),
  ]);
  return [
    ["experiment.gen.ts", await experimentTypes()],
    ["resolvedExperiment.gen.ts", await resolvedTypes()],
    ["experiment.validate.gen.mjs", await experimentValidator()],
    ["experiment.validate.gen.d.mts", validatorTypes()],
    ["REFERENCE.md", experimentReference()],
  ];
}

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const stale = await staleFiles();
    for (const name of stale)
      process.stderr.write(`schemas/${name} is out of date: run node scripts/generate.ts\n`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    await writeGenerated(inSchemas(schemaName), experimentSchemaText());
    for (const [name, text] of await followingFiles()) await writeGenerated(inSchemas(name), text);
  }
}
