import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Plugin } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

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

const packageFile = (...names: string[]) => path.join(root, "node_modules", ...names);

/** Of an installed package. */
const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(packageFile(name, "package.json"), "utf8")) as { version: string }).version;

/**
 * Loading modules takes most of the time in which a program starts, so of three packages only the needed part is packed:
 * of LSP the request types, three small classes, instead of all that the package defines; of tf.layers, which is
 * imported for the gradients it registers, those; and of what tfjs downloads with, Node's own fetch.
 */
const onlyWhatIsNeeded: Plugin = {
  name: "only-what-is-needed",
  setup(build) {
    build.onResolve({ filter: /^vscode-languageserver-protocol$/ }, ({ importer }) =>
      importer === path.join(root, "server", "protocol.ts")
        ? { path: packageFile("vscode-jsonrpc", "lib", "common", "messages.js") }
        : undefined,
    );
    build.onResolve({ filter: /^@tensorflow\/tfjs-layers$/ }, () => ({
      path: packageFile("@tensorflow", "tfjs-core", "dist", "register_all_gradients.js"),
    }));
    build.onResolve({ filter: /^node-fetch$/ }, () => ({ path: "node-fetch", namespace: "own" }));
    build.onLoad({ filter: /^node-fetch$/, namespace: "own" }, () => ({
      contents: "module.exports = globalThis.fetch;",
    }));
  },
};

/** An extension may take 50 ms to activate, so its language client is a bundle of its own, loaded afterwards. */
const clientAfterActivation: Plugin = {
  name: "client-after-activation",
  setup(build) {
    build.onResolve({ filter: /\/languageClient\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./client.cjs", external: true } : undefined,
    );
  },
};

export type Bundle = BuildOptions & { readonly entryPoints: Record<string, string> };

/**
 * What runs, in dist/:
 *
 *   extension.cjs          runs in the editor's extension host, which loads CommonJS
 *   client.cjs             the language client, loaded by it after activation
 *   server.mjs             the language server
 *   cli.mjs, trainer.mjs   `distill` and the process that trains
 *   heartbeat.mjs          the trainer's thread that touches its lock
 *   reader.mjs             its thread that reads samples ahead of their steps
 *   tokenizer.mjs          a thread that makes numbers of texts
 *   declare.mjs            what a person's own modules import as "distillery"
 *   examine.mjs            the process that finds out what such a module declares
 *   api.mjs                what programs import from the package on npm
 *   webview/               the chart panel's script and style, for the browser
 *   page/                  those of the page with a student, which `distill export --format web` writes
 *
 * Server, CLI and trainer share chunks, so that what several need is packed once and what is loaded
 * on demand (tfjs above all) stays out of the start-up path.
 */
export function bundles({ production }: { readonly production: boolean }): Bundle[] {
  const everywhere: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    minify: production,
    sourcemap: production ? false : "linked",
    metafile: true,
    logLevel: "warning",
    legalComments: "none",
  };

  return [
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
      plugins: [onlyWhatIsNeeded, clientAfterActivation],
    },
    {
      ...everywhere,
      entryPoints: {
        server: "server/server.ts",
        cli: "server/cli.ts",
        trainer: "server/trainer.ts",
        heartbeat: "server/runs/heartbeat.ts",
        reader: "server/data/readerThread.ts",
        tokenizer: "server/data/text/tokenizerThread.ts",
        declare: "server/modules/declare.ts",
        examine: "server/modules/examine.ts",
        api: "server/api.ts",
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
      plugins: [onlyWhatIsNeeded],
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
    {
      ...everywhere,
      entryPoints: { page: "page/page.ts", pageStyle: "page/style.css" },
      outdir: "dist/page",
      platform: "browser",
      format: "esm",
      target: "es2022",
      minify: true,
      sourcemap: false, // It is written into pages, which stand alone.
      external: ["module", "worker_threads"], // ONNX Runtime imports them under Node only.
      banner: { js: `/* onnxruntime-web ${versionOf("onnxruntime-web")} */` },
    },
  ];
}

/** The packages whose code is inside, by their place in node_modules, since a package may bring its own version of another. */
export function bundledPackages(inputs: object): string[] {
  const packages = Object.keys(inputs)
    .map(
      (file) =>
        /node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1],
    )
    .filter((name) => name !== undefined);
  return [...new Set(packages)].sort();
}
