import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { encodeNpy } from "../support/dataFiles.ts";
import { distill, onlyRun, scene, succeed } from "./support.ts";

test("nothing that a person keeps is replaced by an output, and an earlier export is", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 8 });
  const at = (...names: string[]) => join(it.folder, ...names);
  const inside = { cwd: it.folder };
  await succeed(["run", it.file], inside);
  const run = await onlyRun(it);
  const refused = async (words: readonly string[], message: RegExp) => {
    const { code, stderr } = await distill(words, inside);
    assert.deepEqual([code, message.test(stderr)], [1, true], `${words.join(" ")}: ${code} ${stderr}`);
  };

  // Files that the experiment reads, its own, and the run.
  const kept = ["train.csv", "clusters.distill.json"];
  const before = await Promise.all(kept.map((name) => readFile(at(name), "utf8")));
  await symlink("train.csv", at("linked.csv"));
  const reads = /^Nothing is written to .*: it is what the experiment reads\.\nChoose another name\.$/m;
  await refused(["export", "latest", "--format", "onnx", "--out", "train.csv"], reads);
  await refused(["export", "latest", "--format", "tfjs", "--out", "train.csv"], reads);
  await refused(["report", "latest", "--out", "linked.csv"], reads);
  await refused(["report", "latest", "--format", "json", "--out", "clusters.distill.json"], reads);
  await refused(["inspect", "latest", "--out", "train.csv"], reads);
  await refused(["export-log", "latest", "--format", "csv", "--out", "train.csv"], reads);
  const intoRun = /^Nothing is written to .*: only its trainer writes into a run\.$/m;
  await refused(["export", "latest", "--format", "tfjs", "--out", join(run, "best")], intoRun);
  await refused(["report", "latest", "--out", join(run, "r.html")], intoRun);
  assert.deepEqual(await Promise.all(kept.map((name) => readFile(at(name), "utf8"))), before);

  // A folder is replaced as a whole.
  await mkdir(at("pictures"));
  await writeFile(at("pictures", "cat.png"), "");
  for (const format of ["tfjs", "savedmodel"])
    await refused(
      ["export", "latest", "--format", format, "--out", "pictures"],
      /^Could not write .*pictures: the folder has other files in it, such as cat\.png, and would be replaced as a whole\.\nChoose a folder that is not there yet\.$/m,
    );
  await refused(["export", "latest", "--format", "tfjs", "--out", "."], /has other files in it/);
  assert.deepEqual(await readdir(at("pictures")), ["cat.png"]);
  await mkdir(at("empty"));
  for (const folder of ["empty", "new", "new"])
    await succeed(["export", "latest", "--format", "tfjs", "--out", folder], inside);
  assert.deepEqual((await readdir(at("new"))).sort(), ["SHA256SUMS", "model.json", "weights.bin"]);
  await writeFile(at("new", "notes.txt"), "mine");
  await refused(["export", "latest", "--format", "tfjs", "--out", "new"], /such as notes\.txt/);

  // A page of another site.
  await writeFile(at("pictures", "index.html"), "mine");
  await refused(
    ["export", "latest", "--format", "web", "--out", "pictures"],
    /index\.html: another file is there/,
  );
  assert.equal(await readFile(at("pictures", "index.html"), "utf8"), "mine");
  for (const _ of ["first", "again"]) {
    const { stdout } = await distill(["export", "latest", "--format", "web", "--out", "site"], inside);
    assert.match(stdout, /^ {2}open +site[\\/]index\.html, from the disk/m);
  }

  // Files: what was written before is replaced, also where it has been moved, and what was not is only where a person says so.
  const another = /^Could not write .*: another file is there\.\nChoose another name, or give --replace\.$/m;
  for (const [name, ...words] of [
    ["s.onnx", "export", "latest", "--format", "onnx"],
    ["page.html", "export", "latest", "--format", "web"],
    ["card.md", "report", "latest", "--format", "md"],
    ["looked.html", "inspect", "latest"],
    ["log.csv", "export-log", "latest", "--format", "csv"],
    ["log.parquet", "export-log", "latest", "--format", "parquet"],
    ["outputs.npz", "teacher", it.file],
  ] as const) {
    await writeFile(at(name), "mine");
    await refused([...words, "--out", name], another);
    assert.equal(await readFile(at(name), "utf8"), "mine", name);
    await succeed([...words, "--out", name, "--replace"], inside);
    await rename(at(name), at(`moved-${name}`));
    await succeed([...words, "--out", `moved-${name}`], inside);
    await appendFile(at(`moved-${name}`), " ");
    await refused([...words, "--out", `moved-${name}`], another);
    assert.ok(String(await readFile(at(`moved-${name}`))).endsWith(" "), name);
  }
  await writeFile(at("empty.md"), "");
  await succeed(["report", "latest", "--format", "md", "--out", "empty.md"], inside);

  if (process.platform === "win32") return;
  execFileSync("mkfifo", [at("pipe")]);
  await refused(
    ["report", "latest", "--out", "pipe"],
    /^Could not write .*pipe: it is a device or a pipe\.$/m,
  );
  await refused(["export", "latest", "--format", "onnx", "--out", "pipe"], /it is a device or a pipe/);
  assert.ok((await stat(at("pipe"))).isFIFO());
});

test("outputs of a teacher do not take the place of its data", { timeout: 600_000 }, async (context) => {
  const it = await scene(context, { steps: 8 });
  const samples = join(it.folder, "train.npz");
  const file = join(it.folder, "other.distill.json");
  const experiment = JSON.parse(await readFile(it.file, "utf8"));
  const values = Array.from({ length: 120 }, (_, i) => Math.sin(i));
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);
  await writeFile(
    samples,
    zipSync({ "x.npy": encodeNpy("<f4", [60, 2], values), "y.npy": encodeNpy("<i4", [60], labels) }),
  );
  const train = { type: "npz", path: "train.npz", features: "x", labels: "y" };
  await writeFile(
    file,
    JSON.stringify({ ...experiment, data: { train, validation: { split: 0.2 }, batchSize: 16 } }),
  );
  const before = await readFile(samples);
  const { code, stderr } = await distill(["teacher", file, "--out", samples], { cwd: it.folder });
  assert.deepEqual([code, stderr.includes("it is what the experiment reads")], [1, true], stderr);
  assert.deepEqual(await readFile(samples), before);
});
