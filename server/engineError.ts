/**
 * Why an engine cannot be installed or loaded. The message is a sentence, the hint tells what to do, the detail is a tool's
 * output. Codes are stable:
 *
 * before anything is fetched: unsupported-platform, no-glibc, glibc-too-old, no-avx, no-gpu-driver,
 * gpu-driver-too-old, no-compiler, no-python, no-pip, no-npm, low-disk, not-writable, not-an-engine;
 * while fetching and building: offline, download-failed, wrong-file, bad-archive, compile-failed, library-missing,
 * cancelled;
 * of an installed engine: in-use, not-installed, damaged, incomplete, wrong-build, crashed, load-failed;
 * of the WebGPU device: no-webgpu, no-vulkan, no-adapter, crashed, load-failed, computes-wrongly, device-failed.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: string;
  readonly hint: string;
  readonly detail: string;

  constructor(code: string, message: string, hint = "", detail = "") {
    super(message);
    this.code = code;
    this.hint = hint;
    this.detail = detail;
  }
}

export const builtIn = "Use the built-in engine, onnxruntime.";

/** A file system error as a sentence; other errors are unchanged. */
export function fileProblem(error: unknown, folder: string): unknown {
  if (error instanceof EngineError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new EngineError(
      "low-disk",
      `The disk of ${folder} filled up.`,
      "Free some space and try again.",
      message,
    );
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR")
    return new EngineError(
      "not-writable",
      `${folder} cannot be written to.`,
      "Choose another folder with DISTILL_ENGINES.",
      message,
    );
  return error;
}
