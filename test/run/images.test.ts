import assert from "node:assert/strict";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { write } from "../support/dataFiles.ts";
import { drawn } from "../support/imageFiles.ts";

import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

/** Noisy images of 8 × 6, of which each class is bright in another colour. */
async function photos(folder: string, each: number, seed: number): Promise<void> {
  let state = seed;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 25;
  };
  for (const [label, name] of ["cat", "dog", "fox"].entries())
    for (let i = 0; i < each; i++) {
      const bytes = Array.from({ length: 144 }, (_, k) => noise() + (k % 3 === label ? 100 : 0));
      const file = await drawn(bytes, { height: 8, width: 6, channels: 3 }).png().toBuffer();
      await write(folder, { [`${name}/${i}.png`]: file });
    }
}

test("a folder of photographs trains a student; what is broken, changed or in two splits is told by every command", {
  timeout: 600_000,
}, async (context) => {
  const source = (folder: string) => ({ type: "images", folder, size: [6, 6] });
  const train = source("train");
  const data = { train, validation: { split: 0.2 }, test: source("test"), normalize: "fit", batchSize: 16 };
  const world = await scene(context, {
    with: {
      data,
      teacher: { type: "layers", preset: "mlp", hidden: [16], train: { epochs: 40 } },
      student: { preset: "mlp", hidden: [16] },
    },
    steps: 100,
  });
  await photos(join(world.folder, "train"), 20, 1);
  await photos(join(world.folder, "test"), 5, 2);
  await writeFile(join(world.folder, "train", "dog", "x.jpg"), "no photograph");

  const words = "1 of 61 images cannot be read: dog/x.jpg (this is not a PNG, JPEG or WebP image).";
  for (const command of ["check", "run"]) {
    const { code, stdout, stderr } = await distill([command, world.file]);
    assert.equal(code, 2, command);
    assert.ok((stdout + stderr).includes(`broken-images train: ${words}`), stdout + stderr);
  }

  const skip = ["--set", 'data.train.onBroken="skip"'];
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  await succeed(["run", world.file, ...skip, "--detach"], { env });
  const run = await onlyRun(world);
  await dead(adopt(run));

  const photo = join(world.folder, "train", "cat", "3.png");
  await cp(photo, join(world.folder, "kept.png"));
  await cp(join(world.folder, "train", "fox", "3.png"), photo);
  const refused = await distill(["resume", run]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /: other training data: other values \(/);
  await cp(join(world.folder, "kept.png"), photo);
  await succeed(["resume", run]);

  const events = await eventsOf(run);
  const told = events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
  assert.ok(told.includes("images-skipped"), told.join());
  const decoded = events.flatMap((event) =>
    event.type === "progress" && event.phase === "preflight" ? [`${event.done}/${event.total}`] : [],
  );
  assert.ok(
    decoded.includes("1/61") && decoded.includes("61/61") && decoded.includes("15/15"),
    decoded.join(),
  );
  const tested = events.findLast(
    (event) => event.type === "evaluation" && event.split === "test" && !event.subject,
  );
  const accuracy = tested?.type === "evaluation" ? tested.metrics["accuracy"] : undefined;
  assert.ok((accuracy ?? 0) > 0.9, `colours tell the classes apart: ${accuracy}`); // chance is a third

  await rm(join(world.folder, "train", "dog", "x.jpg"));
  await rm(join(world.folder, "test"), { recursive: true });
  await cp(join(world.folder, "train"), join(world.folder, "test"), { recursive: true });
  const written = JSON.parse(await readFile(world.file, "utf8"));
  await writeFile(
    world.file,
    JSON.stringify({ ...written, data: { ...data, train: { ...train, take: 20 } } }),
  );
  const leaking = await distill(["check", world.file]);
  assert.match(leaking.stdout, /test-in-train warning: .* of 60 test samples are among the training samples/);
  assert.match(
    leaking.stdout,
    /absent-classes warning: Of the 3 classes, 2 are not among the samples that .*: dog, fox\./,
  );
});
