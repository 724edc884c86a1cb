import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { latestCheckpoint } from "../../server/runs/checkpoints.ts";
import { type Manifest, readManifest } from "../../server/runs/manifest.ts";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { distill, eventsOf, onlyRun, type Scene, type SceneOptions, scene } from "./support.ts";

/** A run that was killed behind a checkpoint of its student. */
async function killed(context: TestContext, options: SceneOptions = {}): Promise<Killed> {
  const it = await scene(context, options);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  assert.equal((await distill(["run", it.file, "--detach"], { env })).code, 0);
  const run = await onlyRun(it);
  await dead(adopt(run));
  const { step } = (await latestCheckpoint(run)) ?? assert.fail("no checkpoint");
  return { ...it, run, step };
}

interface Killed extends Scene {
  readonly run: string;
  /** Of the checkpoint. */
  readonly step: number;
}

const manifestOf = async (run: string): Promise<Manifest> =>
  (await readManifest(runDirectory(run))) ?? assert.fail("no manifest");

const lastOf = async (run: string): Promise<RunEvent> =>
  (await eventsOf(run)).at(-1) ?? assert.fail("no event");

const edit = async (path: string, change: (rows: string[]) => string[]) =>
  writeFile(path, change((await readFile(path, "utf8")).trimEnd().split("\n")).join("\n"));

const reversed = (rows: string[]) => [
  rows[0] ?? "",
  ...rows.slice(1).map((row) => row.replace(/\d$/, (label) => String(2 - Number(label)))),
];

for (const [what, file, change, words] of [
  ["reversed labels", "train.csv", reversed, /other training data: other labels \(SHA-256 \w{12} → \w{12}\)/],
  [
    "rows that are gone",
    "train.csv",
    (rows: string[]) => rows.slice(0, -30),
    /other training data: 270 of 300 samples \(/,
  ],
  [
    "more rows",
    "test.csv",
    (rows: string[]) => [...rows, rows.at(-1) ?? ""],
    /other test data: 91 samples, not 90 \(/,
  ],
  [
    "another value",
    "train.csv",
    ([head = "", , ...rows]: string[]) => [head, "9,9,9,9,9,9,0", ...rows],
    /other training data: other values \(/,
  ],
] as const)
  test(`${what} after a kill: a resume is refused, changes nothing, and goes on when they are accepted`, {
    timeout: 600_000,
  }, async (context) => {
    const { run, step, folder } = await killed(context);
    const before = await manifestOf(run);
    const whole = await readFile(join(folder, file));
    await edit(join(folder, file), change);

    // Twice: what the first one leaves must not let the second one through.
    for (const _ of [1, 2]) {
      const { code, stderr } = await distill(["resume", run]);
      assert.equal(code, 1);
      assert.match(stderr, words);
      assert.match(stderr, /Restore the file, start anew with `distill run .*`, or .*--accept-changed-data/);
      const last = await lastOf(run);
      assert.equal(last.type === "failed" && last.code, "changed-data");
      const { data, teacher, history } = await manifestOf(run);
      assert.deepEqual({ data, teacher, history }, pick(before));
    }

    assert.equal((await distill(["resume", run, "--accept-changed-data"])).code, 0);
    const { history = [], data } = await manifestOf(run);
    assert.deepEqual(
      history.map((era) => era.step),
      [0, step],
    );
    assert.deepEqual(history[0], before.history?.[0]);
    assert.deepEqual(history[1]?.data, data);
    assert.notDeepEqual(data, before.data);
    await writeFile(join(folder, file), whole);
  });

const pick = ({ data, teacher, history }: Manifest) => ({ data, teacher, history });

test("a file that is put back, and one rewritten with the same content, let a run go on unmarked", {
  timeout: 600_000,
}, async (context) => {
  const { run, folder } = await killed(context);
  const before = await manifestOf(run);
  const path = join(folder, "train.csv");
  const whole = await readFile(path, "utf8");
  await edit(path, reversed);
  assert.equal((await distill(["resume", run])).code, 1);
  await writeFile(path, whole.replaceAll("\n", "\r\n"));
  assert.equal((await distill(["resume", run])).code, 0);
  assert.deepEqual(pick(await manifestOf(run)), pick(before));
});
