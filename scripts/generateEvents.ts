import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile, type JSONSchema } from "json-schema-to-typescript";

/** Writes schemas/run-event.gen.ts from its schema; `--check` only compares and exits 1 when it is stale. */
const source = fileURLToPath(new URL("../schemas/run-event.schema.json", import.meta.url));
const target = fileURLToPath(new URL("../schemas/run-event.gen.ts", import.meta.url));

const generated = await eventTypes();
if (process.argv.includes("--check")) {
  const current = await readFile(target, "utf8").catch(() => "");
  if (current !== generated) {
    process.stderr.write("schemas/run-event.gen.ts is stale: run node scripts/generateEvents.ts\n");
    process.exitCode = 1;
  }
} else {
  await writeFile(target, generated);
}

async function eventTypes(): Promise<string> {
  const schema = JSON.parse(await readFile(source, "utf8")) as JSONSchema;
  return compile(withoutAliases(schema), "RunEvent", {
    bannerComment: "// Generated from run-event.schema.json by scripts/generateEvents.ts. Do not edit.",
    style: { printWidth: 110 },
  });
}

/**
 * A reference with a description beside it loses the description in draft 7, and one-word aliases of number types
 * (`Count`, `Value1`) make the types unreadable, so such references are replaced by what they refer to.
 */
function withoutAliases(schema: JSONSchema): JSONSchema {
  const definitions = schema.definitions ?? {};
  const inlined = new Set(["Value", "Count", "Seq", "Time", "Crc"]);
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== "object" || node === null) return node;
    const { $ref, ...rest } = node as { $ref?: string };
    const name = $ref?.replace("#/definitions/", "") ?? "";
    const copy = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, visit(value)]));
    if (inlined.has(name)) return { ...definitions[name], ...copy };
    return $ref === undefined
      ? copy
      : Object.keys(copy).length > 0
        ? { ...copy, allOf: [{ $ref }] }
        : { $ref };
  };
  const kept = Object.fromEntries(Object.entries(definitions).filter(([name]) => !inlined.has(name)));
  return visit({ ...schema, definitions: kept }) as JSONSchema;
}
