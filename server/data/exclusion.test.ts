import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/dataFiles.ts";
import { isProblem } from "./problem.ts";
import { loadSource } from "./sources/sources.ts";

test("classes that are left out are in no split, and the others are numbered anew", async (context) => {
  const folder = await temporaryDirectory(context);
  await mkdir(folder, { recursive: true });
  const table = (rows: readonly string[]) =>
    ["x,kind", ...rows.map((kind, i) => `${i}.5,${kind}`)].join("\n");
  await writeFile(join(folder, "a.csv"), table(["cat", "bird", "dog", "cat", "eel"]));
  await writeFile(join(folder, "b.csv"), table(["eel", "bird", "dog"]));
  const source = (path: string) => ({ type: "csv" as const, path, label: "kind" });
  const train = await loadSource(source("a.csv"), folder, { exclude: ["bird", "eel"] });
  assert.ok(!isProblem(train));
  assert.deepEqual(
    [train.classNames, Array.from(train.labels), train.classes],
    [["cat", "dog"], [0, 1, 0], 2],
  );
  assert.deepEqual(Array.from(train.values.inMemory ?? []), [0.5, 2.5, 3.5]);
  const other = await loadSource(source("b.csv"), folder, { like: train });
  assert.ok(!isProblem(other));
  assert.deepEqual([other.classNames, Array.from(other.labels)], [["cat", "dog"], [1]]);
  const unknown = await loadSource(source("a.csv"), folder, { exclude: ["fish"] });
  assert.ok(isProblem(unknown));
  assert.match(unknown.message, /"fish", which is none of the classes: bird, cat, dog, eel/);

  await writeFile(join(folder, "n.csv"), "x,y\n1,0\n2,1\n3,2\n4,3\n");
  const numbered = await loadSource({ ...source("n.csv"), label: "y" }, folder, { exclude: [1] });
  assert.ok(!isProblem(numbered));
  assert.deepEqual(
    [numbered.classNames, Array.from(numbered.labels)],
    [
      ["0", "2", "3"],
      [0, 1, 2],
    ],
  );
  await writeFile(join(folder, "m.csv"), "x,y\n1,3.0\n2,1.0\n3,0.0\n4,2.0\n");
  const another = await loadSource({ ...source("m.csv"), label: "y" }, folder, { like: numbered });
  assert.ok(!isProblem(another));
  assert.deepEqual(
    [another.classNames, Array.from(another.labels), Array.from(another.values.inMemory ?? [])],
    [
      ["0", "2", "3"],
      [2, 0, 1],
      [1, 3, 4],
    ],
  );
});
