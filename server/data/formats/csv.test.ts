import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import type { DataProblem } from "../problem.ts";
import type { ByteSource } from "./bytes.ts";
import { type CsvRecord, findDelimiter, placeOfField, readCsv } from "./csv.ts";

function sourceOf(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    file: "table.csv",
    size: bytes.length,
    mostBytes: bytes.length,
    async read(into) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      position += part.length;
      return part.length;
    },
    progress: () => [0, 0],
    async close() {},
  };
}

async function read(content: string | Uint8Array, delimiter?: string): Promise<(CsvRecord | DataProblem)[]> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const records: (CsvRecord | DataProblem)[] = [];
  for await (const record of readCsv(sourceOf(bytes), { delimiter })) records.push(record);
  return records;
}

const fieldsOf = (records: (CsvRecord | DataProblem)[]) =>
  records.map((record) => ("code" in record ? record : record.fields));

const plain = fc.stringMatching(/^[a-z0-9.é 漢-]{0,6}$/);
const quoted = fc.stringMatching(/^[a-z,"\n ]{0,6}$/).map((text) => `"${text.replaceAll('"', '""')}"`);
const rows = (field: fc.Arbitrary<string>) =>
  fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 12 });

for (const [what, field] of [
  ["no quotes", plain],
  ["quotes from somewhere on", fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: quoted })],
] as const) {
  test(`a table with ${what} reads as csv-parse reads it`, async () => {
    await fc.assert(
      fc.asyncProperty(
        rows(field),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        async (rows, end, closed) => {
          const text = rows.map((fields) => fields.join(",")).join(end) + (closed ? end : "");
          const expected: unknown = parse(text, { relax_column_count: true, skip_empty_lines: true });
          assert.deepEqual(fieldsOf(await read(text, ",")), expected);
        },
      ),
      { numRuns: 300 },
    );
  });
}

test("records and characters may lie across the ends of chunks, with the first quote far behind", async () => {
  const line = "é漢,0123456789,0123456789"; // 27 bytes with the line end, so that chunks of 65,536 end anywhere
  const lines = Array.from({ length: 30_000 }, (_, i) => `${line}${i}`);
  const text = [...lines, '"é\n漢",1,2', ...lines].join("\n");
  const records = await read(text);
  assert.equal(records.length, 60_001);
  assert.deepEqual(fieldsOf(records), [
    ...lines.map((line) => line.split(",")),
    ["é\n漢", "1", "2"],
    ...lines.map((line) => line.split(",")),
  ]);
  const last = records.at(-1) as CsvRecord;
  assert.deepEqual(placeOfField(last, 1), { line: 60_002, column: 4 });
});

test("line ends of old Macs", async () => {
  assert.deepEqual(fieldsOf(await read("a,b\r1,2\r")), [
    ["a", "b"],
    ["1", "2"],
  ]);
});

for (const [what, content, expected] of [
  [
    "another encoding",
    Buffer.from(`${"1,2\n".repeat(20_000)}1,\xe4\n`, "latin1"),
    { code: "bad-csv", line: 20_001 },
  ],
  ["a character that is cut off", Uint8Array.of(0x31, 0x0a, 0x2c, 0xc3), { code: "bad-csv", line: 2 }],
  ["zero bytes far inside", `${"1,2\n".repeat(20_000)}\0`, { code: "bad-csv", line: 20_001 }],
  [
    "what Excel calls Unicode text",
    Buffer.from("\ufeff1,2\n", "utf16le"),
    { message: "This is not a table in UTF-8: it is UTF-16; save it as UTF-8." },
  ],
  ["a line that never ends", "1".repeat(2 ** 22 + 70_000), { code: "bad-csv", line: 1 }],
  ["a quote that is never closed", `1,2\n3,"${"x\n".repeat(2 ** 22)}`, { code: "bad-csv" }],
  ["a quote inside of a field", '1,2\n3,x"y"\n', { code: "bad-csv", line: 2 }],
  ["a quote closed too early", '1,2\n3,"x"y\n', { code: "bad-csv", line: 2 }],
] as const) {
  test(`${what} is a problem`, async () => {
    const problem = (await read(content)).at(-1);
    assert.ok(problem && "code" in problem, `${JSON.stringify(problem)?.slice(0, 200)}`);
    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((key) => [key, problem[key as keyof DataProblem]])),
      expected,
    );
  });
}

for (const end of ["\n", "\r\n"])
  test(`the line in which Excel tells itself the delimiter is no row: ${JSON.stringify(end)}`, async () => {
    const rows = ["sep=;", "a;b", '"1,5";2', ""].join(end);
    const records = await read(`\ufeff${rows}`);
    assert.deepEqual(fieldsOf(records), [
      ["a", "b"],
      ["1,5", "2"],
    ]);
    assert.deepEqual(
      records.map((record) => "code" in record || record.endLine),
      [2, 3],
    );
    assert.deepEqual(fieldsOf(await read(rows.replaceAll('"', ""))).length, 2);
    assert.deepEqual(fieldsOf(await read("sep=x\n1,2\n"))[0], ["sep=x"]);
  });

test("the delimiter is the one that stands equally often on each line", () => {
  assert.equal(findDelimiter("a,b;c\nd;e\n"), ";");
  assert.equal(findDelimiter("1,2 3\n4,5\n"), ",");
  assert.equal(findDelimiter('"x;y",1\n"z",2\n'), ",");
  assert.equal(findDelimiter('1;"two, 2\nlines"\n2;"x"\n'), ";");
  assert.equal(findDelimiter("1 2\n3 4\n"), " ");
  assert.equal(findDelimiter("one\ntwo\n"), ",");
});
