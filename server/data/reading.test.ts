import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, type TestContext, test } from "node:test";
import { filesIn } from "../../test/support/dataFiles.ts";
import { packageRoot } from "../packageRoot.ts";
import { openBytes } from "./formats/bytes.ts";
import {
  entriesOf,
  isElsewhere,
  isPartOf,
  openRegular,
  refusal,
  setReadingPolicy,
  statsOf,
} from "./reading.ts";

afterEach(() => setReadingPolicy({ folders: [], isTrusted: true }));

/** A workspace with a file, beside a file that is not in it. */
async function workspace(t: TestContext) {
  const around = await filesIn(t, { secret: "secret" });
  const inside = join(around, "workspace");
  await mkdir(inside);
  await writeFile(join(inside, "file"), "text");
  return { around, inside };
}

async function codeOf(file: string): Promise<string | undefined> {
  const opened = await openRegular(file);
  if ("code" in opened) return opened.code;
  await opened.handle.close();
  return undefined;
}

test("without trust nothing outside of the workspace is opened, looked at or listed", async (t) => {
  const { around, inside } = await workspace(t);
  await symlink(join(around, "secret"), join(inside, "link"));
  await symlink(around, join(inside, "folder"));
  await symlink(join(inside, "file"), join(inside, "inner"));
  const outside = [
    "../secret",
    "link",
    "folder/secret",
    "folder",
    "..",
    "../missing",
    "folder/missing",
    "/etc/passwd",
  ];
  setReadingPolicy({ folders: [inside], isTrusted: false });
  for (const path of outside) {
    const file = path.startsWith("/") ? path : join(inside, path);
    assert.equal((await refusal(file))?.code, "outside-workspace", path);
    assert.equal(await codeOf(file), "outside-workspace", path);
    assert.equal(await statsOf(file), undefined, path);
    assert.equal(await entriesOf(file), undefined, path);
  }
  for (const path of ["file", "inner", "../workspace/file"]) {
    assert.equal(await codeOf(join(inside, path)), undefined, path);
    assert.equal((await statsOf(join(inside, path)))?.size, 4, path);
  }
  assert.equal((await entriesOf(inside))?.length, 4);
  assert.equal(
    await refusal(join(inside, "missing")),
    undefined,
    "what is not there may be said to be missing",
  );
  assert.equal(
    (await refusal(`${inside}-2`))?.code,
    "outside-workspace",
    "a name that begins as the workspace's",
  );

  setReadingPolicy({ folders: [inside], isTrusted: true });
  for (const path of ["../secret", "link", "folder/secret"])
    assert.equal(await codeOf(join(inside, path)), undefined);
});

test("a workspace that is reached by a link is the workspace", async (t) => {
  const { around, inside } = await workspace(t);
  await symlink(inside, join(around, "alias"));
  setReadingPolicy({ folders: [join(around, "alias")], isTrusted: false });
  assert.equal(await codeOf(join(around, "alias", "file")), undefined);
  assert.equal(await codeOf(join(inside, "file")), undefined);
  assert.equal(await codeOf(join(around, "secret")), "outside-workspace");
});

test("only regular files are opened, by whatever link", {
  skip: process.platform === "win32" && "POSIX files",
}, async (t) => {
  const { inside } = await workspace(t);
  execFileSync("mkfifo", [join(inside, "pipe")]);
  const server = createServer().listen(join(inside, "socket"));
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  await symlink("/dev/zero", join(inside, "device"));
  await symlink(join(inside, "pipe"), join(inside, "to-pipe"));
  await symlink("/proc/self/environ", join(inside, "environ"));
  const found = (name: string) =>
    openRegular(join(inside, name)).then((it) => ("code" in it ? [it.code, it.found] : it));
  assert.deepEqual(await found("pipe"), ["not-a-file", "pipe"]);
  assert.deepEqual(await found("to-pipe"), ["not-a-file", "pipe"]);
  assert.deepEqual(await found("socket"), ["not-a-file", "socket"]);
  assert.deepEqual(await found("device"), ["not-a-file", "device"]);
  assert.deepEqual(await found("environ"), ["not-a-file", undefined]);
  assert.deepEqual(await found("."), ["not-a-file", "directory"]);
  assert.equal(await codeOf("/proc/self/status"), "not-a-file");
  assert.equal(await codeOf("/sys/kernel/mm/transparent_hugepage/enabled"), "not-a-file");
  const bytes = await openBytes(join(inside, "to-pipe"));
  assert.equal("code" in bytes && bytes.code, "not-a-file");
});

test("Windows' network shares and devices are elsewhere, unless the experiments are on that share", () => {
  const folders = ["C:\\work", "\\\\wsl.localhost\\Debian\\home\\me"];
  for (const path of [
    "\\\\server\\share\\x.npy",
    "//server/share/x.npy",
    "\\\\wsl.localhost\\Other\\x.npy",
    "\\\\.\\PhysicalDrive0",
    "\\\\?\\C:\\x.npy",
    "\\\\.\\pipe\\name",
  ])
    assert.ok(isElsewhere(path, folders), path);
  for (const path of [
    "C:\\x.npy",
    "D:\\x.npy",
    "\\\\WSL.localhost\\Debian\\tmp\\x.npy",
    "//wsl.localhost/Debian/x",
  ])
    assert.ok(!isElsewhere(path, folders), path);
});

test("a model's files are those in its folder", async (t) => {
  const { around, inside } = await workspace(t);
  const model = join(inside, "model.json");
  await writeFile(model, "{}");
  await mkdir(join(inside, "shards"));
  await symlink(join(around, "secret"), join(inside, "link.bin"));
  for (const path of ["w.bin", "shards/w.bin", "./w.bin", "shards/../w.bin", "..w.bin"])
    assert.ok(await isPartOf(model, path), path);
  for (const path of [
    "../secret",
    "shards/../../secret",
    "..",
    "/etc/passwd",
    "C:\\x",
    "\\\\s\\x",
    "..\\secret",
    "link.bin",
  ])
    assert.ok(!(await isPartOf(model, path)), path);
});

test("a downloaded model's files may all be links to where they are kept", async (t) => {
  const around = await filesIn(t, { "blob-1": "{}", "blob-2": "weights" });
  const snapshot = join(around, "snapshot");
  await mkdir(snapshot);
  await symlink(join(around, "blob-1"), join(snapshot, "model.json"));
  await symlink(join(around, "blob-2"), join(snapshot, "weights.bin"));
  assert.ok(await isPartOf(join(snapshot, "model.json"), "weights.bin"));
});

/** Functions of Node that look at a file or into a folder. */
const looking =
  /\b(open|openSync|readFile|readFileSync|createReadStream|stat|statSync|lstat|readdir|readdirSync|readSync)\b/;

test("what an experiment names is opened nowhere else", () => {
  const root = packageRoot();
  const within = [
    "server/data",
    "server/nets",
    "server/engine/nets",
    "server/engine/train",
    "server/lsp",
  ].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  );
  const sources = [
    ...within,
    ...readdirSync(join(root, "server")).map((file) => `server/${file}`),
    "server/api/readText.ts",
    "server/engine/native/onnxModel.ts",
  ]
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && !/\.test\.ts$|[fF]ixtures?\.ts$/.test(file));
  const found = sources.filter((file) =>
    [
      ...readFileSync(join(root, file), "utf8").matchAll(/import \{([^}]*)\} from "node:fs(?:\/promises)?"/g),
    ].some(([, names = ""]) => looking.test(names)),
  );
  assert.deepEqual(found.toSorted(), [
    "server/cli.ts", // its own schema
    "server/data/cache/contents.ts", // files of its own
    "server/data/cache/keptRows.ts",
    "server/data/cache/room.ts",
    "server/data/fileRows.ts", // a file that is open
    "server/data/formats/protobuf.ts", // a file that is open
    "server/data/images/keptImages.ts", // the same files
    "server/data/reading.ts",
    "server/data/teacherCache.ts",
    "server/data/teacherPieces.ts", // parts of its own
    "server/lsp/runs/runFolders.ts", // the workspace's own folders
    "server/packageRoot.ts", // the program's own package.json
    "server/processIdentity.ts", // what the kernel says of a process
  ]);
});
