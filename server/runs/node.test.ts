import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
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
  const old = await fakeNode(context, "v20.19.0");
  await assert.rejects(findNode({ preferred: old }), {
    code: "no-node",
    message: `${old} is Node 20; Node 22 or later is needed.`,
  });
  await assert.rejects(findNode({ preferred: "/absent/node" }), { message: /\/absent\/node cannot be run/ });
  await assert.rejects(findNode({ preferred: await fakeNode(context, "hello") }), {
    message: /cannot be run/,
  });
});

test("an old Node looks beside the package first, then on the PATH", async (context) => {
  const onPath = await fakeNode(context, "v24.0.0");
  const old = await fakeNode(context, "v18.0.0");
  const searchPath = [join(old, ".."), join(onPath, "..")].join(":");
  const root = join(onPath, "..", "package");
  const versions = { node: "20.1.0" };
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
    { code: "no-node", message: /this is Node 20\.1\.0, and the PATH has none/ },
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
