/**
 * Bundles what runs into dist/:
 *
 *   extension.cjs          runs in the editor's extension host, which loads CommonJS
 *   client.cjs             the language client, loaded by it after activation
 *   server.mjs             the language server
 *   cli.mjs, trainer.mjs   `distill` and the process that trains
 *   heartbeat.mjs          the trainer's thread that touches its lock
 *   reader.mjs             its thread that reads samples ahead of their steps
 *   declare.mjs            what a person's own modules import as "distillery"
 *   examine.mjs            the process that finds out what such a module declares
 *   webview/               the chart panel's script and style, for the browser
 *
 * Server, CLI and trainer share chunks, so that what several need is packed once and what is loaded
 * on demand (tfjs above all) stays out of the start-up path.
 *
 *   node scripts/build.mjs [--production] [--watch] [NAME…]
 *
 * With names (extension, client, server, cli, trainer, heartbeat, reader, declare, examine, panel, style) only those are built, and dist/ keeps the rest. An entry
 * point that does not exist is skipped with a line. Syntax newer than Node 20 is lowered.
 */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

/** Native runtimes are loaded from where they are installed: they find their libraries beside themselves. */
const nativeRuntimes = ["onnxruntime-node", "@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"];

/** CommonJS packages inside an ES module bundle need what only CommonJS has. */
const commonJsNames = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { dirname as __dirnameOf } from "node:path";',
  'import { fileURLToPath as __toPath } from "node:url";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = __toPath(import.meta.url), __dirname = __dirnameOf(__filename);",
].join("\n");

/**
 * An extension may take 50 ms to activate. Compiling the language client and all of LSP takes 15 ms, running it as much
 * again. So the client is a bundle of its own that is loaded afterwards, and the protocol's request types, three small
 * classes, come from the file that defines them and not from the package that loads the rest.
 */
const quickActivation = {
  name: "quick-activation",
  setup(build) {
    build.onResolve({ filter: /^vscode-languageserver-protocol$/ }, ({ importer }) =>
      importer === path.join(root, "server", "protocol.ts")
        ? { path: path.join(root, "node_modules", "vscode-jsonrpc", "lib", "common", "messages.js") }
        : undefined,
    );
    build.onResolve({ filter: /\/languageClient\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./client.cjs", external: true } : undefined,
    );
  },
};

/** @type {import("esbuild").BuildOptions} */
const everywhere = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: production ? false : "linked",
  metafile: true,
  logLevel: "warning",
  legalComments: "none",
};

/** @type {(import("esbuild").BuildOptions & { entryPoints: Record<string, string> })[]} */
const bundles = [
  {
    ...everywhere,
    entryPoints: { extension: "extension/extension.ts", client: "extension/client/languageClient.ts" },
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
    platform: "node",
    format: "cjs",
    target: "node20",
    mainFields: ["module", "main"],
    external: ["vscode"],
    supported: { "dynamic-import": false }, // `require` at that moment, which every host knows
    plugins: [quickActivation],
  },
  {
    ...everywhere,
    entryPoints: {
      server: "server/server.ts",
      cli: "server/cli.ts",
      trainer: "server/trainer.ts",
      heartbeat: "server/runs/heartbeat.ts",
      reader: "server/data/readerThread.ts",
      declare: "server/modules/declare.ts",
      examine: "server/modules/examine.ts",
    },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    mainFields: ["module", "main"],
    external: nativeRuntimes,
    banner: { js: commonJsNames },
  },
  {
    ...everywhere,
    entryPoints: { panel: "extension/webview/panel.ts", style: "extension/webview/style.css" },
    outdir: "dist/webview",
    platform: "browser",
    format: "iife",
    target: "es2022",
  },
];

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
for (const bundle of bundles) {
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
  // The packages whose code is inside, for the licence notices: by their place in node_modules, since a package may
  // bring its own version of another.
  const packages = Object.keys(inputs)
    .map(
      (file) =>
        /node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1],
    )
    .filter((name) => name !== undefined);
  await writeFile(
    path.join(root, "dist", "bundled-packages.json"),
    `${JSON.stringify([...new Set(packages)].sort(), null, 2)}\n`,
  );
}
