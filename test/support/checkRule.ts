import assert from "node:assert/strict";
import { test } from "node:test";
import { findNodeAtOffset, type Node } from "jsonc-parser";
import type {
  DataKnowledge,
  EngineFacts,
  Executor,
  FileFacts,
  FileKnowledge,
  FileProblem,
  FileReference,
  Knowledge,
  LastRun,
  MachineFacts,
  Nearby,
  TermSizes,
} from "../../server/language/facts.ts";
import { applyEdits, type Edit, type Fix, replace } from "../../server/language/finding.ts";
import { removeItem } from "../../server/language/insert.ts";
import { modelOf } from "../../server/language/model/model.ts";
import { parse } from "../../server/language/parse.ts";
import type { Rule } from "../../server/language/rules/rule.ts";
import { kinds, tokens } from "../../server/language/tokens.ts";

export interface Expected {
  /** Facts about files, by path; a text is a problem with the file, `Nearby` the names where it is missing. */
  readonly files?: Readonly<Record<string, FileFacts | FileProblem | string | Nearby>>;
  /** Result of reading the samples. */
  readonly samples?: DataKnowledge;
  /** Sizes of the last run's terms, and its warnings. */
  readonly termSizes?: TermSizes;
  readonly lastRun?: LastRun;
  readonly executor?: Executor;
  /** Facts about the machine. */
  readonly machine?: MachineFacts;
  /** Engines on the machine. */
  readonly engines?: EngineFacts;
  readonly message?: RegExp;
  readonly severity?: "error" | "warning";
  /** Titles of the first finding's fixes. */
  readonly fixes?: readonly string[];
  /** The text after the first fix, or a part of it. */
  readonly fixed?: string;
  /** The first fix, where it is a command and no edit. */
  readonly fixedBy?: {
    readonly title: string;
    readonly command: string;
    readonly arguments: readonly unknown[];
  };
}

/** The rule reports exactly the places marked by ▸ and ◂, and nothing is left to report there after its first fix. */
export function check(rule: Rule, marked: string, expected: Expected = {}): void {
  test(`${rule.code}: ${marked.replaceAll(/\s+/g, " ").trim()}`, () => {
    const { text, spans } = unmark(marked);
    const found = run(rule, text, expected);
    const places = found.map(({ span }) => text.slice(span.offset, span.offset + span.length));
    assert.deepEqual(
      found.map(({ span }) => [span.offset, span.length]).sort(),
      spans.map(({ offset, length }) => [offset, length]).sort(),
      `found at ${JSON.stringify(places)}: ${found.map(({ message }) => message).join(" | ")}`,
    );
    const [first] = found;
    if (expected.message) assert.match(first?.message ?? "", expected.message);
    if (expected.severity) assert.equal(first?.severity, expected.severity);
    if (expected.fixes) assert.deepEqual(titlesOf(first?.fixes), expected.fixes);
    const repair = first?.fixes[0];
    if (expected.fixed !== undefined) {
      assert.ok(repair, "there is no fix");
      const fixed = applyEdits(text, repair.edits);
      assert.ok(fixed.includes(expected.fixed), `the fix gives ${fixed}`);
    }
    if (expected.fixedBy) assert.deepEqual({ title: repair?.title, ...repair?.command }, expected.fixedBy);
    for (const { message, fixes, ...finding } of found) {
      assert.match("code" in finding ? String(finding.code) : rule.code, /^[a-z]+(-[a-z]+)*$/);
      assert.match(message, /^\S.*[.?]$/s, "a message is a sentence");
      for (const { title, edits, command } of fixes) {
        assert.match(title, /^[A-Z]/, "a fix says what it does");
        if (command) continue;
        assertApart(edits, title);
        const fixed = applyEdits(text, edits);
        assert.deepEqual(parse(fixed).problems, [], `"${title}" leaves ${fixed}`);
        const same = (all: typeof found) => all.filter((other) => other.message === message).length;
        assert.ok(
          same(run(rule, fixed, expected)) < same(found),
          `"${title}" leaves the problem in ${fixed}`,
        );
      }
    }
    const commented = withComments(text);
    for (const { fixes } of run(rule, commented, expected))
      for (const { title, edits } of fixes) assertKeepsComments(commented, edits, title);
    for (const [half, known] of halves(text, expected)) {
      for (const { message } of run(rule, half, known))
        assert.doesNotMatch(message, /undefined|NaN|null/, `of ${half}`);
    }
  });
}

/** Editors refuse edits that overlap. */
function assertApart(edits: readonly Edit[], title: string): void {
  const ordered = [...edits].sort((a, b) => a.offset - b.offset);
  for (const [index, { offset }] of ordered.entries()) {
    const before = ordered[index - 1];
    assert.ok(!before || before.offset + before.length <= offset, `the edits of "${title}" overlap`);
  }
}

/** A comment at the end of each line, with a line for each value. */
function withComments(text: string): string {
  let count = 0;
  let result = "";
  let end = 0;
  for (const { kind, offset, length } of tokens(text)) {
    const closes = kind === kinds.closeBrace || kind === kinds.closeBracket;
    const breaks = kind === kinds.openBrace || kind === kinds.openBracket || kind === kinds.comma;
    if (closes) result += ` // ${count++}\n`;
    result += text.slice(end, offset + length);
    if (breaks) result += ` // ${count++}\n`;
    end = offset + length;
  }
  return `${result}\n`;
}

/** Comments stay, except in an object or list that is replaced or removed as a whole. */
function assertKeepsComments(text: string, edits: readonly Edit[], title: string): void {
  assertApart(edits, title);
  const fixed = applyEdits(text, edits);
  assert.deepEqual(parse(fixed).problems, [], `"${title}" leaves ${fixed}`);
  const { root } = parse(text);
  for (const { 0: comment, index } of text.matchAll(/\/\/ \d+\n/g)) {
    const within = root && findNodeAtOffset(root, index);
    const goes = edits.some(
      ({ offset, length }) =>
        within && offset <= within.offset && within.offset + within.length <= offset + length,
    );
    assert.ok(goes || fixed.includes(comment), `"${title}" of ${text} loses ${comment} in ${fixed}`);
  }
}

/** Checks while a text is edited: a part is missing, or another type, or nothing is known of a file. */
function* halves(text: string, expected: Expected): Generator<[string, Expected]> {
  for (const node of nodesOf(parse(text).root)) {
    if (node.parent?.type === "property") yield [applyEdits(text, [removeItem(text, node.parent)]), expected];
    if (node.parent?.type === "array") yield [applyEdits(text, [removeItem(text, node)]), expected];
    for (const other of ["0", "{}"]) yield [applyEdits(text, [replace(node, other)]), expected];
  }
  for (const path of Object.keys(expected.files ?? {})) {
    const { [path]: _, ...others } = expected.files ?? {};
    yield [text, { ...expected, files: others }];
    yield [text, { ...expected, files: { ...others, [path]: `There is no file ${path}.` } }];
    yield [text, { ...expected, files: { ...others, [path]: {} } }];
  }
  if (expected.samples) yield [text, { ...expected, samples: { facts: {} } }];
  yield [text, { ...expected, files: {} }];
  yield [text, {}];
}

/** The values below a node, without keys and the node itself. */
function* nodesOf(node: Node | undefined): Generator<Node> {
  for (const child of node?.children ?? []) {
    const value = child.type === "property" ? child.children?.[1] : child;
    if (!value) continue;
    yield value;
    yield* nodesOf(value);
  }
}

const titlesOf = (fixes: readonly Fix[] = []) => fixes.map(({ title }) => title);

function run(rule: Rule, text: string, { files = {}, samples, ...known }: Expected) {
  const parsed = parse(text);
  assert.deepEqual(parsed.problems, []);
  const knownData = samples && (() => samples);
  const model = modelOf(parsed, knowledgeOf(files), { ...known, ...(knownData && { knownData }) });
  assert.ok(model);
  return [...rule.check(model)];
}

export function knowledgeOf(
  files: Readonly<Record<string, FileFacts | FileProblem | string | Nearby>>,
): Knowledge {
  return ({ path, images }): FileKnowledge | undefined => {
    const known = files[path];
    if (known === undefined) return undefined;
    if (typeof known === "string") return { problem: { code: "missing-file", message: known } };
    if ("code" in known) return { problem: known };
    return "names" in known
      ? { problem: { code: "missing-file", message: "No such file.", nearby: known } }
      : { facts: sized(known, images) };
  };
}

/** Images have the size that the file asks for. */
const sized = (facts: FileFacts, images: FileReference["images"]): FileFacts =>
  images?.size && facts.shape ? { ...facts, shape: [...images.size, ...facts.shape.slice(2)] } : facts;

function unmark(marked: string) {
  const spans: { offset: number; length: number }[] = [];
  let text = "";
  let start = 0;
  for (const character of marked) {
    if (character === "▸") start = text.length;
    else if (character === "◂") spans.push({ offset: start, length: text.length - start });
    else text += character;
  }
  return { text, spans };
}

// Parts of experiments.

export const mnist = '{ "type": "idx", "images": "x", "labels": "y" }';
/** Facts about the files of {@link mnist}. */
export const mnistFiles = {
  x: { count: 60_000, shape: [28, 28, 1], dtype: "uint8" },
  y: { count: 60_000, classes: 10, dtype: "uint8" },
} as const;
