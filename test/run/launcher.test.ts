import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

/** A package with the launcher and, as asked for, a bundle or sources that say who they are. */
async function packageWith(
  context: TestContext,
  parts: { bundle?: string; source?: string; node?: boolean },
) {
  const root = await mkdtemp(join(tmpdir(), "launcher-"));
  context.after(() => rm(root, { recursive: true, force: true }));
  await cp(fileURLToPath(new URL("../../bin", import.meta.url)), join(root, "bin"), { recursive: true });
  for (const [folder, file, text] of [
    ["dist", "cli.mjs", parts.bundle],
    ["server", "cli.ts", parts.source],
  ] as const)
    if (text !== undefined) {
      await mkdir(join(root, folder));
      await writeFile(join(root, folder, file), text);
    }
  if (parts.node) {
    await mkdir(join(root, "node_modules/node/bin"), { recursive: true });
    await symlink(process.execPath, join(root, "node_modules/node/bin/node"));
  }
  return join(root, "bin/distill.mjs");
}

/** As a Node that does not run TypeScript. */
const old = "--no-experimental-strip-types";

function launch(
  launcher: string,
  words: readonly string[] = [],
  options: readonly string[] = [],
): ChildProcess {
  return spawn(process.execPath, [...options, launcher, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: "" },
  });
}

async function finished(child: ChildProcess) {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text) => {
    stdout += text;
  });
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  const [code, signal] = await once(child, "close");
  return { code, signal, stdout, stderr };
}

const say = (who: string) =>
  `console.log("${who}", process.pid, ...process.argv.slice(2)); process.exitCode = 7;`;
const typed = (who: string) =>
  `const who: string = "${who}"; console.log(who, process.pid, ...process.argv.slice(2)); process.exitCode = 7;`;

test("the bundle runs in the launcher's own process, with its words and its exit code", async (context) => {
  const child = launch(await packageWith(context, { bundle: say("bundle"), source: typed("source") }), [
    "run",
    "a b",
  ]);
  assert.deepEqual(await finished(child), {
    code: 7,
    signal: null,
    stdout: `bundle ${child.pid} run a b\n`,
    stderr: "",
  });
});

test("without a bundle the sources run, in this Node where it can", async (context) => {
  const child = launch(await packageWith(context, { source: typed("source") }), ["check"]);
  assert.deepEqual(await finished(child), {
    code: 7,
    signal: null,
    stdout: `source ${child.pid} check\n`,
    stderr: "",
  });
});

test("a Node that cannot run the sources hands over to the one that is installed", async (context) => {
  const child = launch(await packageWith(context, { source: typed("source"), node: true }), ["check"], [old]);
  const { code, stdout } = await finished(child);
  assert.equal(code, 7);
  assert.match(stdout, /^source \d+ check\n$/);
  assert.ok(!stdout.includes(` ${child.pid} `), "in a process of its own");
});

for (const signal of ["SIGINT", "SIGTERM"] as const)
  test(`${signal} is passed on, once, and the exit code comes back`, async (context) => {
    const source = `
      let times: number = 0;
      process.on("${signal}", () => { times += 1; setTimeout(() => process.exit(40 + times), 300); });
      setInterval(() => {}, 1000);
      console.log("ready");`;
    const child = launch(await packageWith(context, { source, node: true }), [], [old]);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    child.kill(signal);
    assert.equal((await finished(child)).code, 41);
  });

test("where there is nothing to start, it says what to do", async (context) => {
  const nothing = await finished(launch(await packageWith(context, {})));
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /npm ci/);
  const tooOld = await finished(launch(await packageWith(context, { source: typed("source") }), [], [old]));
  assert.equal(tooOld.code, 1);
  assert.match(tooOld.stderr, /need Node 24; run `npm ci`/);
});
