import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

const source = (path: string) => ({ type: "csv", path, label: "label" });

test("a copy of the training file under another name, and what a teacher saw, are told by check and by run alike", async (context) => {
  const train = source("train.csv");
  const layers = [{ type: "dense", units: 3 }];
  const world = await scene(context, {
    with: {
      data: { train, validation: source("some.csv"), test: source("renamed.csv"), batchSize: 32 },
      teacher: { type: "layers", layers, train: { epochs: 1, data: source("test.csv") } },
    },
    steps: 5,
  });
  await copyFile(join(world.folder, "train.csv"), join(world.folder, "renamed.csv"));
  const [header, ...rows] = (await readFile(join(world.folder, "test.csv"), "utf8")).split("\n");
  await writeFile(join(world.folder, "some.csv"), [header, ...rows.slice(3, 9)].join("\n"));

  const checked = await distill(["check", world.file]);
  const expected = [
    ["test-in-train", "All 300 test samples are training samples, too."],
    ["validation-in-teacher", "All 6 validation samples are training samples of the teacher, too."],
  ] as const;
  for (const [code, message] of expected)
    assert.ok(checked.stdout.includes(`${code} warning: ${message}`), checked.stdout);
  assert.equal(checked.code, 0, "warnings alone");

  await succeed(["run", world.file, "--json"]);
  const told = (await eventsOf(await onlyRun(world))).flatMap((event) =>
    event.type === "warning" ? [event] : [],
  );
  for (const [code, message] of expected)
    assert.ok(
      told.some((event) => event.code === code && event.message.startsWith(message)),
      code,
    );
});

test("a test split that selection reads is refused by check and by run alike, also after it was refused once", async (context) => {
  const world = await scene(context);
  const written = JSON.parse(await readFile(world.file, "utf8"));
  await copyFile(join(world.folder, "test.csv"), join(world.folder, "held.csv"));
  written.data.validation = source("held.csv");
  await writeFile(world.file, JSON.stringify(written));
  for (let time = 0; time < 2; time++)
    for (const command of ["check", "run"]) {
      const refused = await distill([command, world.file]);
      assert.equal(refused.code, 2, command);
      assert.match(
        refused.stdout + refused.stderr,
        /test-in-validation All 90 test samples are validation samples/,
      );
    }
});

test("what check has said of a run's data its trainer does not say again, and neither proposes the split that there is", async (context) => {
  const world = await scene(context, { steps: 5 });
  const written = JSON.parse(await readFile(world.file, "utf8"));
  const [header, ...rows] = (await readFile(join(world.folder, "train.csv"), "utf8")).trim().split("\n");
  // Some rows stand twice, a few of them on both sides of the split.
  await writeFile(join(world.folder, "train.csv"), [header, ...rows, ...rows.slice(0, 90), ""].join("\n"));
  const parts = [{}, { sweep: { parameters: { temperature: [1, 4] } } }];
  for (const part of parts) {
    await writeFile(world.file, JSON.stringify({ ...written, ...part }));
    const { stdout, stderr } = await succeed(["run", world.file]);
    const told = (stdout + stderr).split("\n").filter((line) => line.includes("validation-in-train"));
    assert.equal(told.length, 1, told.join("\n"));
    assert.match(told[0] ?? "", /They repeat in `data\.train`: leave the repetitions out\.$/);
  }
  const { stdout } = await distill(["list", "--json", "--runs-directory", world.runs]);
  assert.match(stdout, /validation-in-train/, "a run keeps all that its trainer has said");

  await writeFile(
    world.file,
    JSON.stringify({ ...written, data: { ...written.data, test: source("train.csv") } }),
  );
  for (const command of ["check", "run"]) {
    const refused = await distill([command, world.file]);
    assert.equal(refused.code, 2, command);
    assert.match(refused.stdout + refused.stderr, /test-in-validation .* give `data\.test` samples that are/);
    assert.doesNotMatch(refused.stdout + refused.stderr, /"split": 0\.1/);
  }
});
