import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { getLanguageService } from "vscode-json-languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import { dataOf, parse } from "../server/language/parse.ts";
import { startingPoints } from "../server/language/startingPoints.ts";
import schema from "./experiment.schema.json" with { type: "json" };
import { validate } from "./experiment.validate.gen.mjs";

const uri = "file:///experiment.schema.json";
const service = getLanguageService({});
service.configure({ validate: true, schemas: [{ uri, fileMatch: ["*"], schema: schema as object }] });

/** What an editor that knows nothing but the schema says. */
async function isValidBySchema(value: unknown): Promise<boolean> {
  const document = TextDocument.create("file:///a.json", "json", 1, JSON.stringify(value));
  return (await service.doValidation(document, service.parseJSONDocument(document))).length === 0;
}

const complete = startingPoints.map(({ text }) => dataOf(parse(text).root));

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -1,
    1.5,
    "",
    "kd",
    "a b",
    true,
    null,
    [],
    {},
    { type: "ce" },
    { type: "x" },
    { split: 0.5 },
    [1, 2],
    { from: 1, to: 0, over: 5 },
  ),
  // Not 1e21: whether that is an integer, JSON schema's readers see differently.
  fc.integer({ min: -1000, max: 100_000 }),
  fc.string(),
  fc.array(fc.integer({ min: -2, max: 300 }), { maxLength: 5 }),
  fc.dictionary(
    fc.constantFrom("type", "split", "preset", "layers", "x"),
    fc.constantFrom("kd", "idx", "mlp", 0.5, 1),
  ),
);

/** One value somewhere in the experiment is another one, or has a key more. */
function changed(value: unknown, place: number, by: unknown): unknown {
  let count = 0;
  const visit = (node: unknown): unknown => {
    if (count++ === place) return by;
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child)]));
  };
  return visit(value);
}

test("the generated validator and a plain reading of the schema agree", async () => {
  for (const value of complete) {
    assert.ok(validate(value) && (await isValidBySchema(value)));
  }
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...complete), fc.nat(60), strange, async (begin, place, by) => {
      const value = changed(begin, place, by);
      const isValid = validate(value);
      if (!isValid) refused++;
      assert.equal(await isValidBySchema(value), isValid, JSON.stringify(value));
    }),
    { numRuns: 2000 },
  );
  assert.ok(refused > 500, `only ${refused} were refused`);
});
