/**
 * Packs the extension, twice:
 *
 *   distillery-<target>.vsix   with the embedded engine (ONNX Runtime) and the decoder of images (sharp) for one platform inside;
 *                              default linux-x64
 *   distillery.vsix            for every platform, without either
 *
 *   node scripts/package.mjs [TARGET…]
 *
 * Targets: linux-x64, linux-arm64, darwin-arm64, win32-x64, win32-arm64. What goes in is .vscodeignore's to say.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";
import { decoderBinaries, hasDecoder, notices, shippedPackages } from "./licences.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = path.join(root, "node_modules");
/** The bundles search for native runtimes upwards from dist/ and find this place first. */
const engineHome = path.join(root, "dist", "node_modules");
const universalLimit = 3 * 1024 * 1024;

process.chdir(root);
execFileSync(process.execPath, ["scripts/build.mjs", "--production"], { stdio: "inherit" });
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", notices(shippedPackages(root)));

const targets = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
for (const target of targets.length > 0 ? targets : ["linux-x64"]) {
  embedEngine(target);
  embedDecoder(target);
  embedBrowserEngine();
  await pack(`distillery-${target}.vsix`, target);
}
rmSync(engineHome, { recursive: true, force: true });
const size = await pack("distillery.vsix");
if (size > universalLimit) {
  console.error(`distillery.vsix is larger than ${universalLimit / 1024 / 1024} MB`);
  process.exitCode = 1;
}

async function pack(file, target) {
  await createVSIX({
    cwd: root,
    packagePath: file,
    dependencies: false, // Everything is bundled; what is not lies in dist/node_modules.
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    ...(target === undefined ? {} : { target }),
  });
  const { size } = statSync(path.join(root, file));
  console.log(`${(size / 1024 / 1024).toFixed(2).padStart(6)} MB  ${file}`);
  return size;
}

/** Copies what ONNX Runtime needs to run on one platform, without files for other platforms or for its installation. */
function embedEngine(target) {
  const [platform, arch] = target.split("-");
  const source = path.join(modules, "onnxruntime-node");
  const binaries = path.join("bin", "napi-v6", platform ?? "", arch ?? "");
  if (!existsSync(path.join(source, binaries))) {
    throw new Error(`ONNX Runtime has no binaries for ${target} in ${path.join(source, "bin", "napi-v6")}`);
  }
  rmSync(engineHome, { recursive: true, force: true });
  for (const part of ["package.json", "dist", binaries]) {
    cpSync(path.join(source, part), path.join(engineHome, "onnxruntime-node", part), {
      recursive: true,
      // Loaded only for DirectML's provider, which nothing here asks for; Windows has one of its own.
      filter: (file) => path.basename(file) !== "DirectML.dll",
    });
  }
  for (const part of ["package.json", path.join("dist", "cjs")]) {
    cpSync(
      path.join(modules, "onnxruntime-common", part),
      path.join(engineHome, "onnxruntime-common", part),
      {
        recursive: true,
      },
    );
  }
}

/**
 * Copies the image decoder's binaries. npm installs them for its own platform only; `npm install --no-save --force
 * --os=darwin --cpu=arm64 sharp` adds another one's.
 */
function embedDecoder(target) {
  if (!hasDecoder(root, target)) {
    console.log(
      `distillery-${target}.vsix cannot read images: node_modules lacks ${decoderBinaries(target).join(" and ")}`,
    );
    return;
  }
  for (const name of decoderBinaries(target))
    cpSync(path.join(modules, name), path.join(engineHome, name), { recursive: true });
}

/** Copies the WebAssembly of ONNX Runtime, which pages with a student have in them. */
function embedBrowserEngine() {
  for (const part of ["package.json", path.join("dist", "ort-wasm-simd-threaded.wasm")])
    cpSync(path.join(modules, "onnxruntime-web", part), path.join(engineHome, "onnxruntime-web", part));
}
