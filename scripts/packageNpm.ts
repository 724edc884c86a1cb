import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { npmName } from "../server/packageRoot.ts";
import { bundledPackages, bundles } from "./bundles.ts";
import { declarations } from "./declarations.ts";
import { notices, packagesAt } from "./licences.ts";

/**
 * Packs the command line and its functions for npm, as NAME-VERSION.tgz. The repository's package.json is the extension's, so
 * this package has its own.
 *
 *   node scripts/packageNpm.ts [FOLDER]
 *
 * It has no dependency with a script: what is not bundled is the image decoder's binary, a package for each platform, and ONNX
 * Runtime, which `distill` fetches on first use.
 */
const root = fileURLToPath(new URL("..", import.meta.url));

const execute = promisify(execFile);

/** What stands in the package as it stands here. */
const files = [
  "bin/distill.mjs",
  "schemas/experiment.schema.json",
  "schemas/REFERENCE.md",
  "examples/digits",
  "docs",
  "LICENSE",
  "CHANGELOG.md",
];

/** @returns the path of the archive, in `folder` */
export async function packNpm(folder: string): Promise<string> {
  const stage = await mkdtemp(join(tmpdir(), "npm-package-"));
  try {
    await writePackage(stage);
    await mkdir(folder, { recursive: true });
    const words = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await execute("npm", words, { cwd: stage });
    const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
    return join(folder, filename);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function writePackage(stage: string): Promise<void> {
  await Promise.all(files.map((file) => cp(join(root, file), join(stage, file), { recursive: true })));
  const readme = await readFile(join(root, "README.md"), "utf8");
  await writeFile(join(stage, "README.md"), forNpm(readme));
  await writeFile(join(stage, "package.json"), `${JSON.stringify(await manifest(), null, 2)}\n`);

  const packages = bundledPackages(await bundle(stage));
  await writeFile(join(stage, "THIRD-PARTY-NOTICES.txt"), notices(packagesAt(root, packages)));
  await declarations(stage, "server/api.ts");
}

/** The programs and the page with a student, without the editor's. @returns the files that went in */
async function bundle(stage: string): Promise<object> {
  const inputs = {};
  for (const { entryPoints, outdir = "", ...options } of bundles({ production: true })) {
    if (!("cli" in entryPoints || "page" in entryPoints)) continue;
    const { server: _, ...needed } = entryPoints;
    const { metafile } = await build({ ...options, entryPoints: needed, outdir: join(stage, outdir) });
    Object.assign(inputs, metafile?.inputs);
  }
  return inputs;
}

async function manifest(): Promise<object> {
  const own = await packageJson(root);
  const sharp = await packageJson(join(root, "node_modules", "sharp"));
  const runtime = await packageJson(join(root, "node_modules", "onnxruntime-node"));
  const { version, license, keywords, engines, peerDependencies, peerDependenciesMeta } = own;
  return {
    name: npmName,
    version,
    description:
      "Knowledge distillation: write, run and compare experiments that train a small network to match a large one.",
    license,
    keywords,
    type: "module",
    bin: own.bin,
    main: "./dist/api.mjs",
    types: "./types/server/api.d.ts",
    exports: {
      ".": { types: "./types/server/api.d.ts", default: "./dist/api.mjs" },
      "./package.json": "./package.json",
    },
    engines: { node: engines?.["node"] },
    optionalDependencies: Object.fromEntries(
      Object.entries(sharp.optionalDependencies ?? {}).filter(([name]) => hasEngine.test(name)),
    ),
    peerDependencies: { ...peerDependencies, "onnxruntime-node": runtime.version },
    peerDependenciesMeta: { ...peerDependenciesMeta, "onnxruntime-node": { optional: true } },
  };
}

/** Decoders for the platforms that ONNX Runtime is for. */
const hasEngine = /-(linux-(x64|arm64)|darwin-arm64|win32-(x64|arm64))$/;

interface PackageJson {
  readonly version: string;
  readonly license: string;
  readonly keywords?: readonly string[];
  readonly bin?: unknown;
  readonly engines?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, unknown>>;
}

const packageJson = async (folder: string): Promise<PackageJson> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8"));

/** Without pictures and what is marked as a checkout's, which the package has not. */
const forNpm = (readme: string): string =>
  readme
    .replaceAll(/^<!-- checkout -->\n[\s\S]*?^<!-- \/checkout -->\n/gm, "")
    .replaceAll(/^!\[[^\]]*\]\([^)]*\)\n+/gm, "");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = await packNpm(process.argv[2] ?? root);
  console.log(`${((await stat(file)).size / 2 ** 20).toFixed(2).padStart(6)} MB  ${file}`);
}
