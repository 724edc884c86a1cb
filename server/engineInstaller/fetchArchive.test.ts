import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type FetchOptions, fetchArchive, missingFrom } from "./fetchArchive.ts";
import type { Archive } from "./pinned.ts";

const content = "what was meant";
const fromNpm: Archive = {
  source: "npm",
  name: "some-package",
  version: "1.0.0",
  file: "some-package-1.0.0.tgz",
  sha256: createHash("sha256").update(content).digest("hex"),
  size: content.length,
  unpacked: 0,
};
const fromPip: Archive = { ...fromNpm, source: "pip", file: "some_package-1.0.0.whl", platform: "any" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "fetch-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: readonly string[]) => path.join(folder, ...names);

/** A fake program in place of npm and pip. */
async function options(script: string): Promise<FetchOptions> {
  const program = at("program");
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  await mkdir(at("from"), { recursive: true });
  return {
    downloads: at("downloads"),
    scratch: at("scratch"),
    from: at("from"),
    npm: program,
    python: program,
  };
}

const never = "echo called >&2; exit 1";
/** npm pack and pip do not take the folder as their last argument; npm runs in it, pip has an option. */
const npmWrites = (text: string) => `printf '%s' '${text}' > some-package-1.0.0.tgz`;

test("a file that was fetched elsewhere is taken", async () => {
  const given = await options(never);
  await writeFile(at("from", fromPip.file), content);
  assert.equal(await fetchArchive(fromPip, given), at("from", fromPip.file));
});

test("a file of that name with another content is refused", async () => {
  const given = await options(never);
  await writeFile(at("from", fromPip.file), "something else");
  await assert.rejects(fetchArchive(fromPip, given), { code: "wrong-file", message: /SHA-256 differs/ });
});

test("with DISTILL_OFFLINE files that are there are taken, and nothing is fetched", async (context) => {
  const before = process.env["DISTILL_OFFLINE"];
  context.after(() => {
    if (before === undefined) delete process.env["DISTILL_OFFLINE"];
    else process.env["DISTILL_OFFLINE"] = before;
  });
  process.env["DISTILL_OFFLINE"] = "1";
  const given = await options(npmWrites(content));
  await assert.rejects(fetchArchive(fromNpm, given), { code: "offline", message: /DISTILL_OFFLINE is set/ });
  await writeFile(at("from", fromNpm.file), content);
  assert.equal(await fetchArchive(fromNpm, given), at("from", fromNpm.file));
});

test("what was fetched is kept and used by the next try", async () => {
  const given = await options(npmWrites(content));
  assert.equal(await fetchArchive(fromNpm, given), at("downloads", fromNpm.file));
  assert.equal(await fetchArchive(fromNpm, await options(never)), at("downloads", fromNpm.file));
});

test("what is left of a download that was cut short is fetched again", async () => {
  const given = await options(npmWrites(content));
  await mkdir(at("downloads"));
  await writeFile(at("downloads", fromNpm.file), "what was");
  assert.equal(await readFile(await fetchArchive(fromNpm, given), "utf8"), content);
});

test("a mirror that gives another file is found out", async () => {
  const given = await options(npmWrites("what was not meant"));
  await assert.rejects(fetchArchive(fromNpm, given), { code: "wrong-file", hint: /mirror that npm uses/ });
  assert.deepEqual(await readdir(at("downloads")), []);
  const pip = await options("echo 'THESE PACKAGES DO NOT MATCH THE HASHES' >&2; exit 1");
  await assert.rejects(fetchArchive(fromPip, pip), { code: "wrong-file", hint: /mirror that pip uses/ });
});

const failures: readonly (readonly [string, Archive, string, RegExp])[] = [
  ["npm error code ENOTFOUND", fromNpm, "offline", /no connection to download some-package 1\.0\.0/],
  ["npm error code EAI_AGAIN", fromNpm, "offline", /no connection/],
  ["NewConnectionError(...) No matching distribution found", fromPip, "offline", /no connection/],
  ["[Errno 28] No space left on device", fromPip, "low-disk", /disk filled up/],
  ["E404 Not Found", fromNpm, "download-failed", /npm could not download some-package 1\.0\.0 \(status 1\)/],
];
for (const [said, archive, code, message] of failures)
  test(`${archive.source} that says "${said}"`, async () => {
    const given = await options(`echo '${said}' >&2; exit 1`);
    await assert.rejects(fetchArchive(archive, given), { code, message });
  });

test("a program that ends well and leaves nothing", async () =>
  assert.rejects(fetchArchive(fromNpm, await options("exit 0")), { code: "download-failed" }));

test("a download that is cancelled is ended", async () => {
  const given = await options("sleep 30");
  const signal = AbortSignal.timeout(100);
  await assert.rejects(fetchArchive(fromNpm, { ...given, signal }), { name: "AbortError" });
});

test("which archives have still to be fetched", async () => {
  await options(never);
  await writeFile(at("from", fromNpm.file), content);
  assert.deepEqual(await missingFrom([fromNpm, fromPip], [at("from"), at("downloads")]), [fromPip]);
});
