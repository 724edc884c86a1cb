import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "jsonc-parser";
import { memberTree } from "./memberTree.ts";
import { dataOf, nodeAt, type Parsed, parse } from "./parse.ts";
import { applySettings } from "./settings.ts";
import { parsePath } from "./valuePath.ts";

const text = `{
  // Hinton's recipe
  "student": { "preset": "mlp", "hidden": [64] },
  "losses": [{ "type": "kd", "temperature": 4 }, { "type": "ce" }],
  "sweep": { "parameters": { "a": [2, [16, 8], { "preset": "lenet" }, "cosine", 0.5] } },
}`;
const parsed = parse(text);
const values = nodeAt(parsed.root, ["sweep", "parameters", "a"])?.children ?? [];

const put = (settings: readonly (readonly [path: string, value: number])[]): Parsed =>
  memberTree(
    parsed,
    settings.flatMap(([path, value]) => {
      const [at, node] = [parsePath(path), values[value]];
      return at && node ? [{ path: at, node }] : [];
    }),
  );

const allNodes = (node: Node | undefined): Node[] =>
  node ? [node, ...(node.children ?? []).flatMap(allNodes)] : [];

for (const settings of [
  [["losses[0].temperature", 0]],
  [["losses[1].weight", 4]],
  [["student.hidden", 1]],
  [["student", 2]],
  [["student.hidden[0]", 0]],
  [["optimizer.learningRate", 4]], // in the default optimizer, which has to be there too
  [["schedule.type", 3]],
  [
    ["student", 2],
    ["student.activation", 3],
    ["losses[0].temperature", 0],
  ],
] as const) {
  test(`${settings.map(([path]) => path).join(" and ")}: the tree is that of the text with the values set`, () => {
    const member = put(settings);
    const set = settings.flatMap(([path, value]) => {
      const at = parsePath(path);
      return at ? [{ text: path, path: at, value: dataOf(values[value]) }] : [];
    });
    assert.deepEqual(dataOf(member.root), dataOf(parse(applySettings(text, set).text).root));
    const ofSweep = new Set(allNodes(nodeAt(parsed.root, ["sweep"])?.parent));
    for (const node of allNodes(member.root)) {
      for (const child of node.children ?? []) if (!ofSweep.has(child)) assert.equal(child.parent, node);
    }
  });
}

test("a value keeps its place in the text, and what is made on the way has no length", () => {
  const value = values[4];
  const { root } = put([["optimizer.learningRate", 4]]);
  const made = nodeAt(root, ["optimizer"]);
  const placed = nodeAt(root, ["optimizer", "learningRate"]);
  assert.deepEqual([placed?.offset, placed?.length], [value?.offset, 3]);
  assert.deepEqual([made?.offset, made?.length], [value?.offset, 0]);
});

test("the tree of the file stays as it was", () => {
  const before = JSON.stringify(dataOf(parsed.root));
  put([
    ["student", 2],
    ["optimizer.learningRate", 4],
  ]);
  assert.equal(JSON.stringify(dataOf(parsed.root)), before);
  for (const node of allNodes(parsed.root)) {
    for (const child of node.children ?? []) assert.equal(child.parent, node);
  }
});

test("a value whose place another value takes away is left out", () => {
  const { root } = memberTree(parsed, [
    { path: ["student", "hidden"], node: values[0] as Node },
    { path: ["student", "hidden", 0], node: values[4] as Node },
  ]);
  assert.equal(JSON.stringify(dataOf(nodeAt(root, ["student"]))), '{"preset":"mlp","hidden":2}');
});
