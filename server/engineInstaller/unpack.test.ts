import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { untar, unzip } from "./unpack.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unpack-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: readonly string[]) => path.join(folder, ...names);
const bytes = (text: string) => new TextEncoder().encode(text);
const out = (member: string) => at("out", member);

async function archive(data: Uint8Array): Promise<string> {
  await writeFile(at("archive"), data);
  return at("archive");
}

test("wanted members of a zip archive, stored, deflated and empty", async () => {
  const long = bytes("many words ".repeat(1000));
  const file = await archive(
    zipSync({
      "a/long.txt": long,
      "a/stored.txt": [bytes("plain"), { level: 0 }],
      "empty.txt": bytes(""),
      "b.txt": long,
    }),
  );
  await unzip(file, (member) => (member === "b.txt" ? undefined : out(member)));
  assert.equal((await readFile(out("a/long.txt"))).length, long.length);
  assert.equal(await readFile(out("a/stored.txt"), "utf8"), "plain");
  assert.equal(await readFile(out("empty.txt"), "utf8"), "");
  assert.deepEqual((await readdir(at("out"))).sort(), ["a", "empty.txt"]);
});

test("what is not a zip archive", async () =>
  assert.rejects(unzip(await archive(bytes("hello")), out), {
    code: "bad-archive",
    message: /^archive could not be unpacked: .*not a zip file/,
  }));

test("a member whose name leads out of its folder", async () => {
  const data = zipSync({ "../a.txt": bytes("some text") });
  await assert.rejects(unzip(await archive(data), out), {
    code: "bad-archive",
    message: /path: \.\.\/a\.txt/,
  });
  const tar = Buffer.concat([member("package/../../a.cc", "some text"), Buffer.alloc(1024)]);
  await assert.rejects(untar(await archive(gzipSync(tar)), out), {
    code: "bad-archive",
    message: /path: package\/\.\.\/\.\.\/a\.cc/,
  });
  assert.deepEqual(await readdir(folder), ["archive"]);
});

test("a member that does not unpack", async () => {
  const data = zipSync({ "a.txt": bytes("some text ".repeat(100)) }).fill(7, 40, 50);
  await assert.rejects(unzip(await archive(data), out), {
    code: "bad-archive",
    message: /a\.txt: invalid distance/,
  });
});

test("a member whose size is not what the directory says", async () => {
  const data = zipSync({ "a.txt": bytes("some text") });
  const view = Buffer.from(data);
  const entry = view.indexOf(Buffer.from("PK\x01\x02", "latin1"));
  view.writeUInt32LE(1234, entry + 24);
  await assert.rejects(unzip(await archive(view), out), {
    code: "bad-archive",
    message: /a\.txt: .*expected 1234\. got only 9\.$/,
  });
});

test("unpacking can be cancelled", async () => {
  const file = await archive(zipSync({ "a.txt": bytes("some text") }));
  await assert.rejects(unzip(file, out, AbortSignal.abort()), { name: "AbortError" });
});

/** One member of a tar archive: its POSIX ustar header, and its content in whole blocks. */
function member(name: string, text: string, { type = "0", prefix = "" } = {}): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644", 100);
  header.write(text.length.toString(8).padStart(11, "0"), 124);
  header.write(type, 156);
  header.write("ustar\x0000", 257);
  header.write(prefix, 345);
  header.fill(" ", 148, 156); // The checksum is computed with spaces in its place.
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0`, 148);
  const content = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  content.write(text);
  return Buffer.concat([header, content]);
}

test("wanted members of an npm package", async () => {
  const long = "x".repeat(1300);
  const tar = Buffer.concat([
    member("package/", "", { type: "5" }),
    member("package/a.cc", long),
    member("b.h", "short", { prefix: "package/include" }),
    member("package/not.md", "no"),
    Buffer.alloc(1024),
  ]);
  await untar(await archive(gzipSync(tar)), (name) => (name.endsWith(".md") ? undefined : out(name)));
  assert.equal(await readFile(out("package/a.cc"), "utf8"), long);
  assert.equal(await readFile(out("package/include/b.h"), "utf8"), "short");
  assert.deepEqual((await readdir(out("package"))).sort(), ["a.cc", "include"]);
});

test("what is not a tar archive, or is cut short", async () => {
  await assert.rejects(untar(await archive(bytes("hello")), out), {
    code: "bad-archive",
    message: /^archive could not be unpacked: Unrecognized archive format\.$/,
  });
  await assert.rejects(untar(await archive(gzipSync(Buffer.alloc(600, "z"))), out), {
    code: "bad-archive",
    message: /checksum failure/,
  });
  const cut = member("package/a.cc", "x".repeat(1300)).subarray(0, 1200);
  await assert.rejects(untar(await archive(gzipSync(cut)), out), {
    code: "bad-archive",
    message: /Truncated input/,
  });
});
