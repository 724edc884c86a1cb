import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const server = fileURLToPath(new URL("..", import.meta.url));
const extension = fileURLToPath(new URL("../../extension", import.meta.url));

/** Source files of a folder, with what they say. */
async function sources(folder: string): Promise<(readonly [name: string, text: string])[]> {
  const names = (await readdir(join(server, folder))).filter((name) => /(?<!\.test)\.ts$/.test(name));
  return Promise.all(
    names.map(
      async (name) => [`${folder}/${name}`, await readFile(join(server, folder, name), "utf8")] as const,
    ),
  );
}

const inRuns = [...(await sources("runs")), ...(await sources("lsp/runs"))];
const saying = (words: RegExp) => inRuns.filter(([, text]) => words.test(text)).map(([name]) => name);

test("what is JSON in a run directory is parsed in one place, which holds it against its schema", () => {
  assert.deepEqual(saying(/JSON\.parse/).sort(), [
    "runs/runIndex.ts", // of the folder of runs, and checked there
    "runs/safetensors.ts", // a header, and checked there
    "runs/settingChanges.ts", // values that it has written itself
    "runs/verifyRun.ts",
  ]);
});

test("files of a run directory are opened in one place, which follows no link and waits for no pipe", () => {
  const opening = new Set([
    "readFile",
    "readFileSync",
    "createReadStream",
    "appendFile",
    "appendFileSync",
    "open",
    "openSync",
  ]);
  const others = inRuns.filter(([name, text]) => {
    const imports = [...text.matchAll(/import \{([^}]*)\} from "node:fs(?:\/promises)?"/g)];
    const names = imports.flatMap(([, list = ""]) => list.split(",").map((one) => one.trim()));
    return name !== "runs/ownFile.ts" && names.some((one) => opening.has(one));
  });
  assert.deepEqual(others.map(([name]) => name).sort(), [
    "runs/durable.ts", // files that it has just made, and folders to sync
    "runs/heartbeat.ts", // the lock that this process holds
    "runs/memoryKills.ts", // /proc
  ]);
});

test("the editor reads no file of a run directory: it asks the server, which has held it against its schema", async () => {
  const names = (await readdir(extension, { recursive: true })).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  const texts = await Promise.all(
    names.map(
      async (name) => [name.replaceAll("\\", "/"), await readFile(join(extension, name), "utf8")] as const,
    ),
  );
  assert.ok(texts.length > 20);
  const having = (words: RegExp) => texts.filter(([, text]) => words.test(text)).map(([name]) => name);
  assert.deepEqual(having(/JSON\.parse|\.json\(\)/).sort(), [
    "engine/lines.ts", // what `distill engine` prints
    "webview/host.ts", // how the page itself was set
  ]);
  // A document of the editor follows links.
  assert.deepEqual(having(/path\.join\((\w+\.)?directory\b/), []);
  assert.deepEqual(having(/["'](node:)?fs(\/promises)?["']|\bfs\.(readFile|createReadStream)\b/).sort(), [
    "commands/tryIt.ts", // the editor's storage of the extension
    "panel/studentPanel.ts", // a page that `distill export` has written there
  ]);
});
