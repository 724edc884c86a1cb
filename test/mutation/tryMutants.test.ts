import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Earlier, tryMutants } from "./tryMutants.ts";

/** Survivors and the others, by change, of a file whose tests are the given ones. */
async function tried(source: string, tests: string, earlier?: Earlier) {
  const directory = mkdtempSync(join(tmpdir(), "distill-mutation-"));
  try {
    const [file, testFile] = [join(directory, "code.ts"), join(directory, "code.test.ts")];
    writeFileSync(file, source);
    writeFileSync(
      testFile,
      `import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport * as code from "./code.ts";\n${tests}`,
    );
    const { mutants, unfit } = await tryMutants(file, [testFile], earlier);
    const changes = (dead: boolean) =>
      mutants.filter(({ killedBy }) => (killedBy !== undefined) === dead).map(({ change }) => change);
    return { killed: changes(true), survived: changes(false), unfit, mutants };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("what a test holds is killed, what none holds survives, with its line and declaration", async () => {
  const { killed, survived, mutants } = await tried(
    `export const more = (n: number) => n + 1;\n\nexport function less(n: number): number {\n  return n - 1;\n}\n`,
    `test("more", () => assert.equal(code.more(1), 2));\ntest("less", () => void code.less(1));`,
  );
  assert.deepEqual(killed, [
    "more: ArrowFunction: (n: number) => n + 1 → () => undefined",
    "more: ArithmeticOperator: n + 1 → n - 1",
  ]);
  assert.deepEqual(survived, [
    "less: BlockStatement: export function less(n: number): number { → {}",
    "less: ArithmeticOperator: n - 1 → n + 1",
  ]);
  assert.deepEqual(
    mutants.map(({ line }) => line),
    [1, 1, 3, 4],
  );
});

test("two equal changes of a declaration are told apart", async () => {
  const { survived } = await tried(`export const both = (a: string) => [a + "x", a + "x"];\n`, "");
  assert.deepEqual(survived.slice(-2), [
    'both: StringLiteral: "x" → ""',
    'both: StringLiteral: "x" → "" (2)',
  ]);
});

test("a mutant is seen in a table that is made when the file is loaded", async () => {
  const { survived } = await tried(
    `export const table = { one: 1, name: "one" };\n`,
    `test("table", () => assert.deepEqual(code.table, { one: 1, name: "one" }));`,
  );
  assert.deepEqual(survived, []);
});

test("a loop that no longer ends and a promise that no longer settles are killed", async () => {
  const { survived } = await tried(
    `export function count(to: number): number {\n  let n = 0;\n  while (n < to) n++;\n  return n;\n}\n` +
      `export const wait = (go: boolean) => new Promise<void>((resolve) => {\n  if (go) resolve();\n});\n`,
    `test("count", () => assert.equal(code.count(3), 3));\ntest("wait", () => code.wait(true).then(() => {}));`,
  );
  assert.deepEqual(survived, ["wait: ConditionalExpression: go → true"]);
});

test("a mutant is seen in a process that a test starts", async () => {
  const { survived } = await tried(
    `export const sum = (a: number, b: number) => a + b;\n`,
    `import { execFileSync } from "node:child_process";
    test("sum", () => {
      const script = \`import { sum } from "\${new URL("./code.ts", import.meta.url)}"; console.log(sum(2, 1));\`;
      const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
      assert.equal(printed, "3\\n");
    });`,
  );
  assert.deepEqual(survived, []);
});

test("a test that kills leaves nothing behind that kills the mutants after it", async () => {
  const { survived } = await tried(
    `export const state = { broken: false };
export function step(n: number): number {
  if (n !== 1) state.broken = true;
  return state.broken ? 0 : n;
}
export const harmless = (n: number) => n * 1;
`,
    `test("state", () => { assert.equal(code.step(1), 1); assert.equal(code.harmless(1), 1); });`,
  );
  assert.deepEqual(
    survived.filter((change) => change.startsWith("harmless")),
    ["harmless: ArithmeticOperator: n * 1 → n / 1"],
  );
});

test("a test that fails without a mutant is named and kills none", async () => {
  const { killed, unfit } = await tried(
    `export const more = (n: number) => n + 1;\n`,
    `test("wrong", () => assert.equal(code.more(1), 3, "it is 2"));`,
  );
  assert.deepEqual(killed, []);
  assert.deepEqual(unfit, ["wrong: it is 2"]);
});

test("what an earlier run killed is not tried again, unless the file has other mutants by now", async () => {
  const source = `export const more = (n: number) => n + 1;\n`;
  const arithmetic = "more: ArithmeticOperator: n + 1 → n - 1";
  const none = `test("none", () => void code.more(1));`;
  const again = async (mutants: number, change: string) =>
    (await tried(source, none, { mutants, survivors: [{ change }] })).survived;
  assert.deepEqual(await again(2, arithmetic), [arithmetic]);
  const all = ["more: ArrowFunction: (n: number) => n + 1 → () => undefined", arithmetic];
  assert.deepEqual(await again(3, arithmetic), all);
  assert.deepEqual(await again(2, "another"), all);
});
