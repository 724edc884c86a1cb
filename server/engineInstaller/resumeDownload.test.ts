import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { fetchArchive } from "./fetchArchive.ts";
import type { Archive } from "./pinned.ts";

const wheel = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 13));
const sha256 = createHash("sha256").update(wheel).digest("hex");
const archive: Archive = {
  source: "pip",
  name: "some-wheel",
  version: "1.0.0",
  file: "some_wheel-1.0.0.whl",
  sha256,
  size: wheel.length,
  unpacked: 0,
};

interface World {
  /** Requested ranges, as "bytes=7-"; "" for all. */
  readonly asked: readonly string[];
  /** Number of calls of `pip download`. */
  pipDownloads(): Promise<number>;
  fetch(): Promise<string>;
  /** Left by an earlier attempt. */
  left(bytes: Uint8Array): Promise<void>;
  downloads(): Promise<readonly string[]>;
}

interface WorldOptions {
  /** Bytes after which the server hangs up, for each request in turn. */
  readonly hangsUpAfter?: readonly number[];
  readonly knowsRanges?: boolean;
  /** pip's hash of the file. */
  readonly hash?: string;
}

/** A server with the wheel, and a Python whose pip reports its address and can download it. */
async function world(
  context: TestContext,
  { hangsUpAfter = [], knowsRanges = true, hash = sha256 }: WorldOptions = {},
): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), "resume-"));
  const at = (...names: readonly string[]) => path.join(folder, ...names);
  const asked: string[] = [];
  const server = http.createServer(({ headers: { range = "" } }, response) => {
    const most = hangsUpAfter[asked.push(range) - 1] ?? wheel.length;
    const from = knowsRanges ? Number(/\d+/.exec(range)?.[0] ?? 0) : 0;
    if (from >= wheel.length) {
      response.writeHead(416).end();
      return;
    }
    const rest = wheel.subarray(from);
    response.writeHead(range && knowsRanges ? 206 : 200, { "Content-Length": rest.length });
    response.write(rest.subarray(0, most), () => (most < rest.length ? response.destroy() : response.end()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const { port } = server.address() as AddressInfo;
  const told = { url: `http://127.0.0.1:${port}/some.whl`, archive_info: { hash: `sha256=${hash}` } };
  await writeFile(at("told.json"), JSON.stringify({ install: [{ download_info: told }] }));
  await writeFile(at("wheel"), wheel);
  await writeFile(
    at("python"),
    `#!/bin/sh
[ "$1" = -c ] && exec python3 "$@"
action=$3
while [ $# -gt 1 ]; do
  [ "$1" = --report ] && cp ${at("told.json")} "$2"
  [ "$1" = -d ] && folder=$2
  shift
done
[ $action = download ] && echo once >> ${at("calls")} && cp ${at("wheel")} "$folder/${archive.file}"
exit 0
`,
  );
  await chmod(at("python"), 0o755);
  await Promise.all(["downloads", "scratch"].map((name) => mkdir(at(name))));
  const part = at("downloads", `${archive.file}.part`);
  return {
    asked,
    pipDownloads: async () => (await readFile(at("calls"), "utf8").catch(() => "")).split("once").length - 1,
    fetch: () =>
      fetchArchive(archive, {
        downloads: at("downloads"),
        scratch: at("scratch"),
        python: at("python"),
        npm: "none",
      }),
    async left(bytes) {
      await writeFile(part, bytes);
      await utimes(part, 1, 1);
    },
    downloads: () => readdir(at("downloads")),
  };
}

async function assertWhole({ fetch, downloads }: World): Promise<void> {
  assert.ok((await readFile(await fetch())).equals(wheel));
  assert.deepEqual(await downloads(), [archive.file]);
}

test("a download goes on where an earlier one was cut off", async (context) => {
  const it = await world(context);
  await it.left(wheel.subarray(0, 200_000));
  await assertWhole(it);
  assert.deepEqual(it.asked, ["bytes=200000-"]);
  assert.equal(await it.pipDownloads(), 0);
});

test("a connection that breaks is made again, from where it broke", async (context) => {
  const it = await world(context, { hangsUpAfter: [100_000, 120_000] });
  await assertWhole(it);
  assert.deepEqual(it.asked, ["", "bytes=100000-", "bytes=220000-"]);
});

test("what has arrived stays where the connection does not come back", async (context) => {
  const it = await world(context, { hangsUpAfter: [100_000, 0, 0, 0] });
  await assertWhole(it);
  assert.equal(await it.pipDownloads(), 1, "pip has the last word");
});

test("a server without ranges is asked for all of it", async (context) => {
  const it = await world(context, { knowsRanges: false });
  await it.left(wheel.subarray(0, 200_000));
  await assertWhole(it);
});

test("what was left may be whole already, or of another file", async (context) => {
  const whole = await world(context);
  await whole.left(wheel);
  await assertWhole(whole);
  assert.equal(await whole.pipDownloads(), 0);
  const other = await world(context);
  await other.left(new Uint8Array(200_000));
  await assertWhole(other);
  assert.equal(await other.pipDownloads(), 1);
});

test("a file that the index says is another is left to pip, which says so", async (context) => {
  const it = await world(context, { hash: "0" });
  await assertWhole(it);
  assert.deepEqual(it.asked, []);
  assert.equal(await it.pipDownloads(), 1);
});
