import { RunError } from "./runError.ts";

/**
 * Version of the run directory's format. It rises when readers of the version before would misread it; a new event type, key or
 * file does not raise it, as readers ignore unknown ones. 1, and absent: hashes of data and
 * teacher without history, weights without checksums.
 */
export const runFormat = 2;

/** Refuses a run of a newer version and tells what to install. A value that is not an object has no version. */
export function assertReadable(content: unknown, path: string): void {
  const { format = 1, writtenBy } = Object(content) as { format?: unknown; writtenBy?: unknown };
  if (typeof format === "number" && format <= runFormat) return;
  const version =
    typeof writtenBy === "string" && /^\d[\w.+-]{0,40}$/.test(writtenBy) ? writtenBy : undefined;
  throw new RunError(
    "newer-format",
    `${path} has run format ${JSON.stringify(format).slice(0, 40)}; this version of Distillery reads up to ${runFormat}.`,
    version === undefined
      ? "Install the latest Distillery, then try again."
      : `Install Distillery ${version}, which wrote it, or a later one.`,
  );
}
