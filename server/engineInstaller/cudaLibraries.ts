import { readdir, symlink } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "../engineError.ts";
import { run } from "../subprocess.ts";

/** NVIDIA's libraries are in nvidia/…/lib beside lib/, where libtensorflow_framework searches for them. */
export async function finishCuda(engine: string, signal?: AbortSignal): Promise<void> {
  const nvidia = path.join(engine, "nvidia");
  // TensorFlow opens libcusolver from a library whose search path lacks its folder but has that of cublas.
  await symlink(
    "../../cusolver/lib/libcusolver.so.11",
    path.join(nvidia, "cublas", "lib", "libcusolver.so.11"),
  );
  const files = await readdir(nvidia, { recursive: true });
  const libraries = files.filter((file) => /\.so(\.\d+)*$/.test(file)).map((file) => path.join(nvidia, file));
  const { stdout } = await run("ldd", libraries, { signal });
  const missing = missingIn(stdout);
  if (missing.length === 0) return;
  throw new EngineError(
    "library-missing",
    `NVIDIA's libraries need ${missing.join(", ")}, which this system lacks.`,
    missing.includes("libz.so.1") ? 'Install zlib: "apt install zlib1g".' : "",
  );
}

/** Libraries that ldd does not find. The driver's own library is checked before anything is downloaded. */
function missingIn(ldd: string): string[] {
  const names = [...ldd.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name as string);
  return [...new Set(names)].filter((name) => name !== "libcuda.so.1");
}
