import { stat } from "node:fs/promises";
import { EngineError } from "../engineError.ts";
import type { InstallProgress } from "../protocol.ts";

export interface InstallOptions {
  /** The folder of all engines. */
  readonly engines?: string;
  /** A folder with archives that were downloaded elsewhere. */
  readonly from?: string | undefined;
  /** Install even where a complete engine exists. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (progress: InstallProgress) => void;
}

/** A mistyped folder must not cause downloads. */
export async function checkFolder(from: string): Promise<void> {
  const found = await stat(from).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new EngineError(
    "no-folder",
    found === undefined ? `There is no folder ${from}.` : `${from} is not a folder.`,
    "Pass the folder with the downloaded files.",
  );
}
