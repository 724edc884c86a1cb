import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { enginesFolder } from "../../server/installedEngines/folders.ts";
import { smallDisk } from "../support/smallDisk.ts";
import { fated } from "./fate.ts";
import { dead, goOn, standing } from "./lives.ts";
import { distill, type Finished, scene, succeed } from "./support.ts";

const cli = fileURLToPath(new URL("../../server/cli.ts", import.meta.url));

async function temporary(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "places-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A sentence, what to do, and no trace of where in the program that was found. */
function assertSaid({ code, stderr }: Finished, sentence: RegExp, way: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, sentence);
  assert.match(stderr, way);
  assert.doesNotMatch(stderr, /^ +at |node:internal|defect/m);
}

for (const words of [
  "check a.distill.json",
  "run a.distill.json",
  "resume latest",
  "stop latest",
  "list",
  "show latest",
  "compare latest latest",
  "export latest --format onnx --out a.onnx",
  "evaluate latest",
  "init",
  "engine list",
  "engine doctor",
  "engine install tensorflow",
  "engine remove tensorflow",
  "schema",
])
  test(`\`distill ${words}\` in a working directory that was deleted`, {
    skip: process.platform === "win32" && "Windows deletes no working directory",
  }, async (context) => {
    const gone = join(await temporary(context), "gone");
    const script = `mkdir '${gone}' && cd '${gone}' && rmdir '${gone}' && exec "$@"`;
    const finished = await new Promise<Finished>((resolve) => {
      const child = execFile(
        "sh",
        ["-c", script, "sh", process.execPath, cli, ...words.split(" ")],
        (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
    assertSaid(finished, /^The working directory was moved or deleted/, /cd/);
  });

test("a folder of runs that is not there, or is none, is told with its flag", {
  timeout: 120_000,
}, async (context) => {
  const it = await scene(context);
  for (const folder of [join(it.folder, "nowhere"), it.file]) {
    for (const words of [["list"], ["show", "latest"], ["resume", "latest"], ["stop", "latest"]])
      assertSaid(
        await distill([...words, "--runs-directory", folder]),
        /^Could not read \S+: it (does not exist|is not a folder)\.$/m,
        /--runs-directory/,
      );
  }
  const inFile = await distill(["run", it.file, "--runs-directory", join(it.file, "runs")]);
  assertSaid(inFile, /^Could not create \S+: a part of the path is not a folder\.$/m, /--runs-directory/);
});

test("a home that is no folder, and one that is not named", async () => {
  const removed = await distill(["engine", "remove", "tensorflow"], {
    env: { HOME: "/dev/null", XDG_DATA_HOME: "", DISTILL_ENGINES: "" },
  });
  assertSaid(removed, /a part of the path is not a folder/, /DISTILL_ENGINES/);
  assert.ok(isAbsolute(enginesFolder({ HOME: "" })), "wherever it is called from");
});

test("of an experiment in a folder that is read-only everything is kept where its runs are", {
  timeout: 600_000,
}, async (context) => {
  const disk = await smallDisk(context);
  if (disk === undefined) return;
  const it = await scene(context, { steps: 10 });
  await cp(it.folder, disk, { recursive: true });
  execFileSync("mount", ["-o", "remount,ro", disk]);
  const file = join(disk, "clusters.distill.json");
  assertSaid(
    await distill(["run", file]),
    /^Could not create \S+\/\.distill\/runs: the file system is read-only\.$/m,
    /--runs-directory/,
  );
  const elsewhere = await temporary(context);
  const words = ["run", file, "--runs-directory", elsewhere, "--set", "data.augment=[]"];
  const first = await succeed(words);
  assert.equal((await readdir(join(elsewhere, ".cache", "teachers"))).length, 1);
  const second = await succeed(words);
  assert.match(first.stdout, /training the teacher/);
  assert.doesNotMatch(second.stdout, /training the teacher/);
  await succeed(["evaluate", file, "--teacher", "--runs-directory", elsewhere]);
  const listed = await distill(["list", "--runs-directory", elsewhere]);
  assert.doesNotMatch(listed.stdout, /cache/);
});

test("an output below /proc is refused in a sentence", {
  skip: process.platform !== "linux",
}, async (context) => {
  const it = await scene(context);
  const refused = /^Could not create \/proc\/x: \/proc takes no new folders\.\nChoose another folder\.$/m;
  for (const words of [
    ["init", "/proc/x/y/new.distill.json"],
    ["init", "--try", "/proc/x/y"],
    ["run", it.file, "--runs-directory", "/proc/x/y"],
  ]) {
    const { code, stderr } = await distill(words);
    assert.equal(code, 1, words.join(" "));
    assert.match(stderr, refused, words.join(" "));
  }
});

test("an experiment's folder that is moved while its teacher is asked does not come back", {
  timeout: 600_000,
}, async (context) => {
  const folder = join(await temporary(context), "project");
  await mkdir(folder);
  const it = await scene(context, { folder, steps: 10 });
  const env = fated({ signal: "SIGSTOP", event: { type: "phase", phase: "cache" } });
  const started = await succeed(["run", it.file, "--set", "data.augment=[]", "--detach"], { env });
  const run = join(it.runs, started.stdout.trim());
  const pid = await standing(run);
  await rename(folder, `${folder}-moved`);
  goOn(pid);
  await dead(pid);
  assert.equal(existsSync(folder), false);
});
