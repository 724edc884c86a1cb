import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findNode } from "./node.ts";

/** A program that says it is that version of Node. */
async function fakeNode(context: TestContext, version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "node-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "node");
  await writeFile(path, `#!/bin/sh\necho ${version}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Calls as if this process were an older Node, or the editor. */
async function pretending<T>(versions: Partial<NodeJS.ProcessVersions>, call: () => Promise<T>): Promise<T> {
  const real = Object.getOwnPropertyDescriptor(process, "versions") as PropertyDescriptor;
  Object.defineProperty(process, "versions", { ...real, value: { ...process.versions, ...versions } });
  try {
    return await call();
  } finally {
    Object.defineProperty(process, "versions", real);
  }
}

test("the Node that runs this is used where it is new enough", async () => {
  assert.deepEqual(await findNode(), { path: process.execPath, environment: {} });
});

test("a Node that was set is used, or the reason why not is said", async (context) => {
  const fit = await fakeNode(context, "v22.3.0");
  assert.equal((await findNode({ preferred: fit })).path, fit);
  const old = await fakeNode(context, "v18.19.0");
  await assert.rejects(findNode({ preferred: old }), {
    code: "no-node",
    message: `${old} is Node 18; Node 20 or later is needed.`,
    hint: "Correct the setting `distill.nodePath`, or clear it.",
  });
  await assert.rejects(findNode({ preferred: "/absent/node" }), { message: /\/absent\/node cannot be run/ });
  for (const answer of ["hello", "rev22.1.0", "9"])
    await assert.rejects(findNode({ preferred: await fakeNode(context, answer) }), {
      message: /cannot be run/,
    });
  assert.equal((await findNode({ preferred: "" })).path, process.execPath);
});

test("an old Node looks beside the package first, then on the PATH", async (context) => {
  const onPath = await fakeNode(context, "v24.0.0");
  const old = await fakeNode(context, "v18.0.0");
  const searchPath = [join(old, ".."), join(onPath, "..")].join(":");
  const root = join(onPath, "..", "package");
  const versions = { node: "18.1.0" };
  assert.equal((await pretending(versions, () => findNode({ root, searchPath }))).path, onPath);
  const installed = join(root, "node_modules/node/bin");
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, "node"), "#!/bin/sh\necho v24.1.0\n");
  await chmod(join(installed, "node"), 0o755);
  assert.equal(
    (await pretending(versions, () => findNode({ root, searchPath }))).path,
    join(installed, "node"),
  );
  await assert.rejects(
    pretending(versions, () => findNode({ root: "/absent", searchPath: join(old, "..") })),
    {
      code: "no-node",
      message: "No Node 20 or later was found: this is Node 18.1.0, and the PATH has none.",
      hint: "Install Node 22 or later, or name one in the setting `distill.nodePath`.",
    },
  );
});

test("the editor runs trainers with a real Node where there is one, else with itself as Node", async (context) => {
  const onPath = await fakeNode(context, "v22.0.0");
  const editor = { node: "22.5.0", electron: "37.0.0" };
  assert.equal(
    (await pretending(editor, () => findNode({ root: "/absent", searchPath: join(onPath, "..") }))).path,
    onPath,
  );
  assert.deepEqual(await pretending(editor, () => findNode({ root: "/absent", searchPath: "" })), {
    path: process.execPath,
    environment: { ELECTRON_RUN_AS_NODE: "1" },
  });
});

/** A program that writes down that it was asked, and with what. */
async function askedNode(context: TestContext, version: string) {
  const path = await fakeNode(context, version);
  const asked = join(path, "..", "asked");
  await writeFile(path, `#!/bin/sh\necho "$@" >> ${asked}\necho ${version}\n`);
  return { path, asked: () => readFile(asked, "utf8").catch(() => "") };
}

test("a Node is asked for its version, once for each folder of the PATH, which is the process's where none is given", async (context) => {
  const { path, asked } = await askedNode(context, "v18.0.0");
  const folder = join(path, "..");
  const real = process.env["PATH"];
  context.after(() => {
    process.env["PATH"] = real;
  });
  const search = { root: "/absent" };
  const refused = { code: "no-node" };
  for (const PATH of [folder, `${folder}:${folder}`, `:${folder}`, `/absent:${folder}`]) {
    process.env["PATH"] = PATH;
    await assert.rejects(
      pretending({ node: "18.1.0" }, () => findNode(search)),
      refused,
    );
  }
  assert.equal(await asked(), "--version\n".repeat(4));
  delete process.env["PATH"];
  await assert.rejects(
    pretending({ node: "18.1.0" }, () => findNode(search)),
    refused,
  );
});

test("an empty entry of the PATH is not the folder that one is in", async (context) => {
  const { path, asked } = await askedNode(context, "v24.0.0");
  const before = process.cwd();
  context.after(() => process.chdir(before));
  process.chdir(join(path, ".."));
  await assert.rejects(
    pretending({ node: "18.1.0" }, () => findNode({ root: "/absent", searchPath: ":" })),
    { code: "no-node" },
  );
  assert.equal(await asked(), "");
});

test("the oldest Node that is fit is fit as one's own, and the editor's own is not if it is older", async () => {
  const own = { path: process.execPath, environment: {} };
  const none = { root: "/absent", searchPath: "" };
  assert.deepEqual(await pretending({ node: "20.0.0" }, () => findNode(none)), own);
  const editor = (node: string) => pretending({ node, electron: "37.0.0" }, () => findNode(none));
  assert.deepEqual(await editor("20.0.0"), { ...own, environment: { ELECTRON_RUN_AS_NODE: "1" } });
  await assert.rejects(editor("19.9.0"), { code: "no-node" });
});

test("the npm package `node` is found inside the package and beside it", async (context) => {
  const { path } = await askedNode(context, "v24.1.0");
  const root = join(path, "..", "package");
  const beside = join(path, "..", "node", "bin");
  const search = () => pretending({ node: "18.1.0" }, () => findNode({ root, searchPath: "" }));
  await rename(path, join(path, "..", "moved"));
  await mkdir(beside, { recursive: true });
  await rename(join(path, "..", "moved"), join(beside, "node"));
  assert.deepEqual(await search(), { path: join(beside, "node"), environment: {} });
});
