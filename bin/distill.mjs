#!/usr/bin/env node
/**
 * Starts `distill`: the bundle in this process where there is one, else, in a source checkout that was not built, the
 * sources in a Node that runs TypeScript. Plain JavaScript without imports beyond Node's own, for Node 20 and later.
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = join(root, "dist", "cli.mjs");
const source = join(root, "server", "cli.ts");

if (Number.parseInt(process.versions.node, 10) < 20)
  fail(`distill needs Node 20 or later; this is Node ${process.versions.node}.`);
if (existsSync(bundle)) await import(pathToFileURL(bundle).href);
else if (!existsSync(source)) fail(`Neither ${bundle} nor ${source} is there: run \`npm ci\` in ${root}.`);
else if (process.features.typescript) await import(pathToFileURL(source).href);
else await runElsewhere();

/** Runs the sources in a newer Node, as its parent: same streams, same signals, same exit code. */
async function runElsewhere() {
  const { spawn } = await import("node:child_process");
  const node = newerNode();
  if (node === undefined)
    fail(`The sources of distill need Node 24; run \`npm ci\` in ${root}, which installs it and builds.`);
  const child = spawn(node, [source, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes; passing it on as well would count as a second one.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${node} could not be started: ${error.message}.`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function newerNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const installed = join(root, "node_modules", "node", "bin", name);
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name));
  return [installed, ...onPath].find((path) => path !== process.execPath && existsSync(path));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
