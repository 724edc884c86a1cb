import assert from "node:assert/strict";
import { mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Validate } from "../../schemas/run.validate.gen.mjs";
import type { RunError } from "./runError.ts";
import {
  damagedFile,
  isRunFile,
  problemWith,
  readRemains,
  readRunFile,
  readRunFileSync,
  readRunFileWithStats,
  verified,
  verifiedEvent,
} from "./verifyRun.ts";

const job = {
  mode: "start",
  runId: "r",
  name: "n",
  experimentFile: "/e.distill.json",
  baseDirectory: "/",
  askedAt: 1,
  secondsBefore: 0,
};

async function fileIn(context: TestContext, text?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "verify-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "job.json");
  if (text !== undefined) await writeFile(path, text);
  return path;
}

/** What is wrong with the text of a job, as the error says it. */
function complaint(text: string): readonly [code: string, message: string, hint: string] | undefined {
  try {
    verified("job", text, "/r/job.json");
    return undefined;
  } catch (error) {
    const { code, message, hint } = error as RunError;
    return [code, message, hint];
  }
}

const damagedBy = (problem: string) =>
  [
    "damaged",
    `/r/job.json is damaged: ${problem}.`,
    "Restore the file from a copy, or remove the run.",
  ] as const;

test("what a file of a run holds comes in as its schema has it, or says what of it is wrong", () => {
  assert.deepEqual(verified("job", JSON.stringify(job), "/r/job.json"), job);
  const { runId: _, ...nameless } = job;
  for (const [text, problem] of [
    ["", "it is empty"],
    [" \n", "it is empty"],
    ["{", "it is not JSON"],
    ["null", "it is null; expected object"],
    ["4", "it is 4; expected object"],
    [JSON.stringify(nameless), "runId is missing"],
    [JSON.stringify({ ...job, mode: "go" }), 'mode is "go"; expected "start" or "resume"'],
    [JSON.stringify({ ...job, askedAt: -1 }), "askedAt is -1; expected a number >= 0"],
    [JSON.stringify({ ...job, runId: "../x" }), 'runId is "../x"; expected the name of a folder'],
    [
      JSON.stringify({ ...job, members: [{ runId: "a/b", settings: {} }] }),
      'members[0].runId is "a/b"; expected the name of a folder',
    ],
    [JSON.stringify({ ...job, experimentFile: "\0" }), 'experimentFile is "\\u0000"; expected a path'],
  ] as const)
    assert.deepEqual(complaint(text), damagedBy(problem), text);
  assert.equal(complaint(JSON.stringify({ ...job, format: 99 }))?.[0], "newer-format");
  assert.deepEqual([isRunFile("job", job), isRunFile("job", nameless)], [true, false]);
  const { code, message, hint } = damagedFile("/r/job.json", "it is missing");
  assert.deepEqual([code, message, hint], damagedBy("it is missing"));
});

test("JSON is no deeper than a reader that calls itself can go, brackets in texts do not count", () => {
  const deep = (count: number, [open, close] = ["[", "]"]) => `${open.repeat(count)}1${close.repeat(count)}`;
  const within = (value: string) =>
    JSON.stringify({ ...job, extra: 0 }).replace('"extra":0', `"extra":${value}`);
  assert.deepEqual(complaint(deep(501)), damagedBy("it is nested more than 500 deep"));
  assert.deepEqual(complaint(deep(100_000)), damagedBy("it is nested more than 500 deep"));
  assert.deepEqual(complaint("[".repeat(1001)), damagedBy("it is nested more than 500 deep"));
  assert.deepEqual(
    complaint(within(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`)),
    damagedBy("it is nested more than 500 deep"),
  );
  assert.deepEqual(
    complaint("[".repeat(1000)),
    damagedBy("it is not JSON"),
    "too short to be looked through",
  );
  const padding = `"${"-".repeat(1000)}"`;
  for (const value of [
    `[${padding},${deep(498)}]`,
    `[${Array.from({ length: 600 }, () => "[1]").join()}]`,
    `[${Array.from({ length: 600 }, () => '{"a":1}').join()}]`,
    `"${"[".repeat(2000)}"`,
    `"${"{".repeat(2000)}"`,
    `"${'\\"['.repeat(700)}"`,
    `"\\\\",${padding}`.replace(/^(.*)$/, "[$1]"),
    `[${padding},"${"]".repeat(600)}"]`,
  ])
    assert.equal(complaint(within(value)), undefined, value.slice(0, 30));
  assert.deepEqual(
    complaint(within(`["${"]".repeat(900)}",${deep(600)}]`)),
    damagedBy("it is nested more than 500 deep"),
    "nothing in a text closes anything",
  );
  assert.deepEqual(
    complaint(within(`["\\\\",${padding},${deep(600)}]`)),
    damagedBy("it is nested more than 500 deep"),
    "an escaped backslash does not keep a text open",
  );
});

test("a file is read with what the file system says of it, is nothing where it is missing, and is of a bounded size", async (context) => {
  const path = await fileIn(context, JSON.stringify(job));
  const read = await readRunFileWithStats("job", path);
  assert.deepEqual([read?.value, read?.stats.ino], [job, (await stat(path)).ino]);
  assert.deepEqual(await readRunFile("job", path), job);
  assert.deepEqual(readRunFileSync("job", path), job);
  assert.deepEqual(
    [
      await readRunFile("job", `${path}.none`),
      await readRunFileWithStats("job", `${path}.none`),
      readRunFileSync("job", `${path}.none`),
    ],
    [undefined, undefined, undefined],
  );
  await writeFile(path, JSON.stringify(job).padEnd(2000));
  assert.deepEqual([await readRunFile("job", path), readRunFileSync("job", path)], [job, job]);
  await truncate(path, (16 << 20) + 1);
  const tooLarge = {
    code: "too-large",
    message: `${path} has 16,777,217 bytes; expected at most 16,777,216.`,
  };
  await assert.rejects(readRunFile("job", path), tooLarge);
  assert.throws(() => readRunFileSync("job", path), tooLarge);
  assert.deepEqual(await readRemains(path), {});
});

test("what a damaged job still says is taken key by key", async (context) => {
  const remains = async (text: string) => readRemains(await fileIn(context, text));
  const whole = { experimentFile: "/e", name: "n", askedAt: 5 };
  assert.deepEqual(await remains(JSON.stringify({ ...whole, runId: 4 })), whole);
  assert.deepEqual(await remains(JSON.stringify({ experimentFile: 1, name: null, askedAt: "5" })), {});
  assert.deepEqual(await remains('{"askedAt":0}'), { askedAt: 0 });
  assert.deepEqual(await remains('{"askedAt":8.64e15}'), { askedAt: 8.64e15 });
  for (const nothing of ["", "{", "null", "4", '"text"', '{"askedAt":-1}', '{"askedAt":8.65e15}'])
    assert.deepEqual(await remains(nothing), {}, nothing);
  assert.deepEqual(await readRemains(await fileIn(context)), {});
});

test("a line of a log is an event with a number, a time and a type, of those that are known with all that it has", () => {
  const phase = { seq: 3, time: 5, type: "phase", phase: "train" };
  const good = [
    phase,
    { seq: 0, time: 0, type: "of another version" },
    { seq: 1e12, time: 8.64e15, type: "toString" },
  ];
  for (const event of good) assert.deepEqual(verifiedEvent(JSON.stringify(event)), event);
  for (const bad of [
    null,
    4,
    "text",
    { ...phase, phase: 4 },
    { ...phase, seq: -1 },
    { ...phase, seq: 0.5 },
    { ...phase, seq: "3" },
    { ...phase, seq: 1e12 + 1 },
    { ...phase, time: -1 },
    { ...phase, time: 8.65e15 },
    { ...phase, time: "5" },
    { ...phase, type: 4 },
    { seq: 3, time: 5 },
  ])
    assert.equal(verifiedEvent(JSON.stringify(bad)), undefined, JSON.stringify(bad));
  const unknown = { seq: 3, time: 5, type: "of another version" };
  for (const bad of [
    { seq: -1 },
    { seq: 0.5 },
    { seq: "3" },
    { seq: 1e12 + 1 },
    { time: -1 },
    { time: "5" },
    { time: 8.65e15 },
  ])
    assert.equal(verifiedEvent(JSON.stringify({ ...unknown, ...bad })), undefined, JSON.stringify(bad));
  assert.equal(verifiedEvent('{"seq":3'), undefined);
  assert.equal(verifiedEvent(""), undefined);
});

interface Complaint {
  readonly keyword: string;
  readonly instancePath?: string;
  readonly params?: object;
}

/** What is said of a value where a schema has these errors. */
function said(value: unknown, ...errors: readonly Complaint[]): string | undefined {
  const validate = Object.assign(() => false, {
    errors: errors.map((error) => ({ instancePath: "", params: {}, ...error })),
  });
  return problemWith(validate as unknown as Validate, value);
}

test("what a schema finds wrong is said with the place, the value and what was expected", () => {
  assert.equal(problemWith((() => true) as unknown as Validate, 4), undefined);
  assert.equal(problemWith((() => false) as unknown as Validate, 4), "it does not match its schema");
  const patterns = { path: "^[^\\u0000]+$", folder: "^[a-z]+$" };
  for (const [keyword, params, expected] of [
    ["type", { type: ["string", "null"] }, "string or null"],
    ["type", { type: "a,b,c" }, "a or b or c"],
    ["const", { allowedValue: "x" }, '"x"'],
    ["enum", { allowedValues: ["x", 1] }, '"x" or 1'],
    ["minimum", { comparison: ">=", limit: 0 }, "a number >= 0"],
    ["maximum", { comparison: "<=", limit: 9 }, "a number <= 9"],
    ["maxItems", { limit: 3 }, "at most 3 items"],
    ["minItems", { limit: 2 }, "at least 2 items"],
    ["pattern", { pattern: patterns.path }, "a path"],
    ["pattern", { pattern: patterns.folder }, "the name of a folder"],
    ["maxLength", { limit: 100 }, "at most 100 characters"],
    ["oneOf", {}, "another form"],
  ] as const)
    assert.equal(said(7, { keyword, params }), `it is 7; expected ${expected}`);
  assert.equal(
    said(7, { keyword: "type", params: { type: "a" } }, { keyword: "oneOf" }),
    "it is 7; expected another form",
    "where no alternative fits, not what is wrong with each",
  );
  assert.equal(said(7, { keyword: "if" }, { keyword: "type", params: { type: "a" } }), "it is 7; expected a");
  assert.equal(said(7, { keyword: "if" }), "it does not match its schema");
  const at = (instancePath: string, value: object) =>
    said(value, { keyword: "type", instancePath, params: { type: "string" } });
  assert.equal(at("/a/b", { a: { b: 1 } }), "a.b is 1; expected string");
  assert.equal(at("/a/10/b", { a: { 10: { b: 1 } } }), "a[10].b is 1; expected string");
  assert.equal(at("/x~1y/~0z", { "x/y": { "~z": 1 } }), "x/y.~z is 1; expected string");
  assert.equal(at("/x~1y~1z/~0~0", { "x/y/z": { "~~": 1 } }), "x/y/z.~~ is 1; expected string");
  assert.equal(at("/a1/1b", { a1: { "1b": 1 } }), "a1.1b is 1; expected string");
  assert.equal(at("/a", {}), "a is undefined; expected string");
  assert.equal(
    said({}, { keyword: "required", instancePath: "/a", params: { missingProperty: "b" } }),
    "a.b is missing",
  );
  assert.equal(
    said({}, { keyword: "additionalProperties", params: { additionalProperty: "b" } }),
    "b is not known",
  );
  const long = (length: number) => said("x".repeat(length - 2), { keyword: "type", params: { type: "a" } });
  assert.equal(long(80), `it is "${"x".repeat(78)}"; expected a`);
  assert.equal(long(81), `it is "${"x".repeat(78)}…; expected a`);
});

test("a quote within a text does not end it", () => {
  const event = { seq: 0, time: 1, type: "warning", code: "c", message: `"${"[".repeat(1200)}` };
  assert.deepEqual(verifiedEvent(JSON.stringify(event)), event);
});
