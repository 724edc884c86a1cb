import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { logFormats, reportFormatNames } from "../../server/optionValues.ts";
import { distill, scene, succeed } from "./support.ts";

const timeout = 600_000;

/** An option that would be ignored, and what it is ignored for. */
const pairs = [
  ["run a.distill.json --detach --watch", "--detach has no effect with --watch"],
  ["run a.distill.json --teacher-only --jobs 2", "--jobs has no effect with --teacher-only"],
  ["run a.distill.json --teacher-only --executor slurm", "--executor has no effect with --teacher-only"],
  ["init --run latest --from 1", "--from has no effect with --run"],
  ["init --list --from 1", "--from has no effect with --list"],
  ["init --try --from 1", "--from has no effect with --try"],
  ["init --list --run latest", "--run has no effect with --list"],
  ["init --try --run latest", "--run has no effect with --try"],
  ["init --list --try", "--list has no effect with --try"],
  ["init --run latest --data", "--data has no effect with --run"],
  ["init --list --data", "--data has no effect with --list"],
  ["init --try --data", "--data has no effect with --try"],
  ["init --json", "--json has an effect only with --list"],
  ["teacher a.distill.json --shards 2 --shard 1/2", "--shard has no effect with --shards"],
  ["teacher a.distill.json --shards 2 --out a.npz", "--out has no effect with --shards"],
  ["teacher a.distill.json --shard 1/2 --out a.npz", "--out has no effect with --shard"],
  ["teacher a.distill.json --shard 1/2 --split train", "--split has no effect with --shard"],
  ["teacher a.distill.json --shards 2 --split train", "--split has no effect with --shards"],
  ["teacher a.distill.json --out a.npz --jobs 2", "--jobs has an effect only with --shards"],
  ["teacher a.distill.json --shard 1/2 --executor local", "--executor has an effect only with --shards"],
  ["engine remove onnxruntime --gpu", "--gpu has an effect only with tensorflow"],
  ["engine install onnxruntime --gpu", "--gpu has an effect only with tensorflow"],
  ["engine install tensorflow --without-card", "--without-card has an effect only with --gpu"],
] as const;

test("an option that another one makes useless is refused, with what to do, before anything is done", {
  timeout,
}, async (context) => {
  const { folder } = await scene(context);
  const env = { DISTILL_ENGINES: join(folder, "engines") };
  for (const [words, said] of pairs) {
    const { code, stdout, stderr } = await distill(words.split(" "), { cwd: folder, env });
    const todo = said.includes(" only ") ? "leave it out, or add that" : "leave one of them out";
    assert.deepEqual([code, stdout, stderr], [1, "", `${said}: ${todo}.\n`], words);
  }
  assert.deepEqual(
    [existsSync(join(folder, "engines")), existsSync(join(folder, ".distill"))],
    [false, false],
  );
  const help = (await distill(["teacher", "--help"])).stdout.replaceAll(/\s+/g, " ");
  assert.match(help, /--jobs <number> parts that are computed at once \(with --shards\)/);
  assert.match(help, /--split <split> [^(]* \(not with --shard, --shards\)/);
});

test("an option that what is there makes useless is refused", { timeout }, async (context) => {
  const it = await scene(context, { steps: 4 });
  const inside = { cwd: it.folder };
  const refused = async (words: readonly string[], message: RegExp) => {
    const { code, stdout, stderr } = await distill(words, inside);
    assert.deepEqual([code, stdout], [1, ""], stderr);
    assert.match(stderr, message);
  };
  await refused(
    ["run", it.file, "--jobs", "2"],
    /^--jobs has an effect only on a sweep, .*: leave it out\.$/m,
  );
  await refused(
    ["run", it.file, "--set", "engine=auto", "--engine", "onnxruntime"],
    /^--set engine=auto has no effect with --engine: leave one of them out\.$/m,
  );
  assert.equal(existsSync(join(it.folder, ".distill")), false);
  await succeed(["run", it.file], inside);
  for (const layout of ["nhwc", "nchw"])
    await refused(
      ["export", "latest", "--format", "onnx", "--layout", layout, "--out", "x.onnx"],
      /^--layout orders the axes of images, and the student takes none\.\nLeave --layout out\.$/m,
    );
  assert.equal(existsSync(join(it.folder, "x.onnx")), false);
  await refused(
    ["evaluate", "latest", "--data", "test.csv", "--split", "train"],
    /^--split has no effect with a file of samples in --data, .*leave --split out/m,
  );
  await writeFile(join(it.folder, "own.distill.json"), "{}");
  await refused(
    ["init", "own", "--data", "--from", "2"],
    /^own\.distill\.json is there, .*leave --from out/m,
  );
});

test("help and the README name every value that an option takes", { timeout }, async (context) => {
  const { folder } = await scene(context);
  const helpOf = async (command: string) =>
    (await distill([command, "--help"])).stdout.replaceAll(/\s+/g, " ");
  for (const [command, words] of [
    ["export", ["latest", "--out", "x", "--format"]],
    ["export", ["latest", "--out", "x", "--format", "onnx", "--output"]],
    ["export", ["latest", "--out", "x", "--format", "onnx", "--layout"]],
    ["export", ["latest", "--out", "x", "--format", "onnx", "--weights"]],
    ["export", ["latest", "--out", "x", "--format", "onnx", "--precision"]],
    ["export-log", ["latest", "--out", "x", "--format"]],
    ["report", ["latest", "--format"]],
    ["evaluate", ["latest", "--split"]],
    ["teacher", ["a.distill.json", "--out", "x.npz", "--split"]],
  ] as const) {
    const { stderr } = await distill([command, ...words, "nothing"], { cwd: folder });
    const [, values = ""] = /expected (?:one of )?(.*)\.$/m.exec(stderr) ?? [];
    const name = words.at(-1);
    const help = (await helpOf(command)).split(` ${name} <`)[1]?.split(" --")[0] ?? "";
    assert.ok(values.includes(", ") || values.includes(" or "), stderr);
    for (const value of values.split(/, | or /)) assert.ok(help.includes(value), `${value} in ${help}`);
  }
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  assert.ok(readme.includes(`report RUN --format ${Object.keys(reportFormatNames).join("|")} `));
  assert.ok(readme.includes(`export-log RUN --format ${Object.keys(logFormats).join("|")} `));
});
