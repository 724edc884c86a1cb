import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { readersTypes, readersValidator } from "./generate/readersValidator.ts";
import { writeGenerated } from "./generate/writeGenerated.ts";

/**
 * Writes what follows from the schemas of run directories: types of events and of JSON files, and the readers'
 * validator. `--check` writes nothing and exits with 1 where one of them is out of date.
 */
const events = await schemaAt("run-event.schema.json");
const files = await schemaAt("run-files.schema.json");

const generated = new Map([
  ["run-event.gen.ts", await types(events, "RunEvent")],
  ["run-files.gen.ts", await types(files, "RunFiles")],
  ["run.validate.gen.mjs", await readersValidator(events, files)],
  ["run.validate.gen.d.mts", readersTypes()],
]);
for (const [name, text] of generated) {
  const target = inSchemas(name);
  if (!process.argv.includes("--check")) await writeGenerated(target, text);
  else if ((await readFile(target, "utf8").catch(() => "")) !== text) {
    process.stderr.write(`schemas/${name} is out of date: run node scripts/generateRunFiles.ts\n`);
    process.exitCode = 1;
  }
}

function inSchemas(name: string): string {
  return fileURLToPath(new URL(`../schemas/${name}`, import.meta.url));
}

async function schemaAt(name: string): Promise<JSONSchema> {
  return JSON.parse(await readFile(inSchemas(name), "utf8")) as JSONSchema;
}

async function types(schema: JSONSchema, name: string): Promise<string> {
  return compile(withoutAliases(schema), name, {
    bannerComment: `// Generated from ${schema["$id"]} by scripts/generateRunFiles.ts. Do not edit.`,
    style: { printWidth: 110 },
  });
}

/**
 * A reference with a description beside it loses the description in draft 7, and one-word aliases of plain types
 * (`Count`, `Value1`) make the types unreadable, so such references are replaced by their definitions.
 */
function withoutAliases(schema: JSONSchema): JSONSchema {
  const definitions = schema.definitions ?? {};
  const inlined = new Set([
    "Value",
    "Count",
    "Seq",
    "Time",
    "Crc",
    "Id",
    "Path",
    "Moment",
    "Numbers",
    "Settings",
  ]);
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== "object" || node === null) return node;
    const { $ref, ...rest } = node as { $ref?: string };
    const name = $ref?.replace("#/definitions/", "") ?? "";
    const copy = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, visit(value)]));
    if (inlined.has(name)) return { ...(visit(definitions[name]) as object), ...copy };
    return $ref === undefined
      ? copy
      : Object.keys(copy).length > 0
        ? { ...copy, allOf: [{ $ref }] }
        : { $ref };
  };
  const kept = Object.fromEntries(Object.entries(definitions).filter(([name]) => !inlined.has(name)));
  return visit({ ...schema, definitions: kept }) as JSONSchema;
}
