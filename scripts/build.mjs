/**
 * Bundles what runs into dist/, as `bundles.ts` lists it.
 *
 *   node scripts/build.mjs [--production] [--watch] [NAME…]
 *
 * With names (extension, client, server, cli, trainer, heartbeat, reader, declare, examine, api, panel, style, page, pageStyle) only those are built, and dist/ keeps the rest. An entry
 * point that does not exist is skipped with a line. Syntax newer than Node 20 is lowered.
 */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { bundledPackages, bundles } from "./bundles.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(0).padStart(6)} KB`;

function present(entryPoints) {
  const selected = Object.entries(entryPoints).filter(
    ([name]) => wanted.length === 0 || wanted.includes(name),
  );
  const found = selected.filter(([name, file]) => {
    const exists = existsSync(path.join(root, file));
    if (!exists) console.log(`skipped  ${name}: there is no ${file}`);
    return exists;
  });
  return Object.fromEntries(found);
}

if (wanted.length === 0) await rm(path.join(root, "dist"), { recursive: true, force: true });
await mkdir(path.join(root, "dist"), { recursive: true });

const inputs = {};
for (const bundle of bundles({ production })) {
  const entryPoints = present(bundle.entryPoints);
  if (Object.keys(entryPoints).length === 0) continue;
  const options = { ...bundle, entryPoints };
  if (watch) {
    await (await esbuild.context(options)).watch();
    continue;
  }
  try {
    const { metafile } = await esbuild.build(options);
    Object.assign(inputs, metafile.inputs);
    for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
      if (!file.endsWith(".map")) console.log(`${kilobytes(bytes)}  ${file}`);
    }
  } catch {
    process.exitCode = 1; // esbuild has printed the error; the other bundles are built all the same.
  }
}

if (!watch && wanted.length === 0) {
  await writeFile(
    path.join(root, "dist", "bundled-packages.json"),
    `${JSON.stringify(bundledPackages(inputs), null, 2)}\n`,
  );
}
