import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageRoot } from "../packageRoot.ts";
import { type Problem, problem } from "../problem.ts";

export interface PageFiles {
  readonly script: string;
  readonly style: string;
  readonly runtime: Uint8Array;
}

/** What a page consists of beside the student: the bundle of page/, and ONNX Runtime's WebAssembly, which its script was made for. */
export async function pageFiles(): Promise<PageFiles | { readonly problem: Problem }> {
  const folder = join(packageRoot(), "dist", "page");
  const read = (name: string) => readFile(join(folder, name), "utf8").catch(() => undefined);
  const [script, style] = await Promise.all([read("page.js"), read("pageStyle.css")]);
  if (script === undefined || style === undefined)
    return problem(
      "page-missing",
      `The page's script is not in ${folder}.`,
      "In a checkout, run `npm run build`.",
    );
  const [, wanted = ""] = /^\/\* onnxruntime-web (\S+) \*\//.exec(script) ?? [];
  const runtime = await runtimeOf(wanted);
  return (
    (runtime && { script, style, runtime }) ??
    problem(
      "page-runtime",
      `A page computes with ONNX Runtime for browsers, onnxruntime-web ${wanted}, which is not installed here.`,
      `The extension for a platform brings it; beside the command line: npm install onnxruntime-web@${wanted}`,
    )
  );
}

/** Undefined where there is none, or another version. */
async function runtimeOf(wanted: string): Promise<Uint8Array | undefined> {
  try {
    const file = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
    const about = await readFile(join(dirname(dirname(file)), "package.json"), "utf8");
    const { version } = JSON.parse(about) as { readonly version: string };
    return version === wanted ? await readFile(file) : undefined;
  } catch {
    return undefined;
  }
}
