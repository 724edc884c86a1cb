import { existsSync } from "node:fs";
import path from "node:path";
import { enginesFolder } from "./folders.ts";

/** The version that this package is tested with. */
export const onnxruntimeVersion = "1.30.0";

/** Of the version that this package was made with; another one's is another folder. */
export function runtimeFolder(engines: string = enginesFolder()): string {
  return path.join(engines, `onnxruntime-${onnxruntimeVersion}`);
}

/** The package in such a folder, which finds the other one beside it. */
export const runtimePackage = (folder: string): string =>
  path.join(folder, "node_modules", "onnxruntime-node");

/** The package of ONNX Runtime that was fetched for this user. A folder is put in place as a whole. */
export function fetchedRuntime(engines: string = enginesFolder()): string | undefined {
  const found = runtimePackage(runtimeFolder(engines));
  return existsSync(path.join(found, "package.json")) ? found : undefined;
}
