import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

for (const signal of ["SIGTERM", "SIGINT"] as const)
  test(`an editor's installation that is told twice to end by ${signal} leaves nothing unfinished`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "engines-"));
    // A registry that does not answer.
    const asked: string[] = [];
    const registry = http.createServer(({ url }) => asked.push(url ?? ""));
    registry.listen(0, "127.0.0.1");
    await once(registry, "listening");
    context.after(async () => {
      registry.closeAllConnections();
      registry.close();
      await rm(folder, { recursive: true, force: true });
    });
    const { port } = registry.address() as AddressInfo;
    const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
    const env = {
      ...process.env,
      DISTILL_ENGINES: folder,
      npm_config_registry: `http://127.0.0.1:${port}/`,
    };
    const child = spawn(process.execPath, [cli, "engine", "install", "tensorflow", "--json"], {
      env,
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    const unfinished = () =>
      existsSync(folder) ? readdirSync(folder).filter((name) => name.includes(".partial-")) : [];
    while (asked.length === 0 || unfinished().length === 0) {
      assert.equal(child.exitCode, null, "it still downloads");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill(signal);
    // Two at once would be one.
    for (let k = 0; k < 20 && child.exitCode === null; k++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill(signal);
    }
    await ended;
    assert.deepEqual(unfinished(), []);
  });
