import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { create } from "tar";
import { fetchedRuntime, onnxruntimeVersion } from "../installedEngines/onnxruntime.ts";
import { installRuntime, removeRuntime } from "./onnxruntime.ts";
import { type Archive, runtimeArchives } from "./pinned.ts";

const own = `bin/napi-v6/${process.platform}/${process.arch}/binding.node`;

/** Packages as npm packs them, in a folder to install from. */
async function packed(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "runtime-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const packages = {
    "onnxruntime-node": {
      "package.json": '{ "main": "dist/index.js" }',
      "dist/index.js": 'require("onnxruntime-common").found = true;',
      "script/install.js": "throw new Error('a script');",
      "bin/napi-v6/plan9/mips/binding.node": "of another platform",
      [own]: "of this platform",
    },
    "onnxruntime-common": {
      "package.json": '{ "type": "module", "main": "dist/cjs/index.js" }',
      "dist/cjs/package.json": '{ "type": "commonjs" }',
      "dist/cjs/index.js": "module.exports = {};",
    },
  };
  const archives: Archive[] = [];
  for (const [name, files] of Object.entries(packages)) {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, "package", file)), { recursive: true });
      await writeFile(join(folder, "package", file), text);
    }
    const file = `${name}-1.0.0.tgz`;
    await create({ file: join(folder, file), cwd: folder, gzip: true }, ["package"]);
    await rm(join(folder, "package"), { recursive: true });
    const sha256 = createHash("sha256")
      .update(await readFile(join(folder, file)))
      .digest("hex");
    const { size } = await stat(join(folder, file));
    archives.push({ source: "npm", name, version: "1.0.0", file, sha256, size, unpacked: size });
  }
  return { from: folder, engines: join(folder, "engines"), archives };
}

test("what is fetched is announced with its size, and only where something is", async (context) => {
  const given = await packed(context);
  const announced: unknown[] = [];
  const announce = (download: unknown) => announced.push(download);
  const { folder } = await installRuntime({ ...given, announce });
  await installRuntime({ ...given, announce });
  const bytes = given.archives.reduce((sum, { size }) => sum + size, 0);
  assert.deepEqual(announced, [{ bytes, folder }]);
});

test("this platform's part is unpacked, loaded once, found, and removed again", async (context) => {
  const given = await packed(context);
  const { folder, unchanged } = await installRuntime(given);
  assert.equal(unchanged, false);
  const found = fetchedRuntime(given.engines);
  assert.ok(found?.startsWith(folder), found);
  assert.deepEqual(await readdir(given.engines), [`onnxruntime-${onnxruntimeVersion}`]);
  const files = await readdir(found ?? "", { recursive: true });
  assert.deepEqual(
    files
      .filter((file) => /\.\w+$/.test(file))
      .map((file) => file.replaceAll("\\", "/"))
      .sort(),
    [own, "dist/index.js", "package.json"].sort(),
  );
  assert.equal((await installRuntime(given)).unchanged, true);
  assert.equal(await removeRuntime(given.engines), folder);
  await assert.rejects(removeRuntime(given.engines), { code: "not-installed" });
});

test("another archive than the pinned one, or one that does not load, changes nothing", async (context) => {
  const given = await packed(context);
  await assert.rejects(
    installRuntime({ ...given, archives: given.archives.map((one) => ({ ...one, sha256: "0" })) }),
    {
      code: "wrong-file",
    },
  );
  await assert.rejects(installRuntime({ ...given, archives: given.archives.slice(0, 1) }), {
    code: "load-failed",
    detail: /Cannot find module 'onnxruntime-common'/,
  });
  assert.deepEqual(await readdir(given.engines), []);
  assert.equal(fetchedRuntime(given.engines), undefined);
});

test("the version that is fetched is the one that is tested here", () => {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  assert.equal(onnxruntimeVersion, version);
  assert.deepEqual(new Set(runtimeArchives.map((archive) => archive.version)), new Set([version]));
});
