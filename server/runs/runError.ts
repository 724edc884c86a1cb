import { reasons } from "../fileErrors.ts";

/**
 * An I/O error of a run. The message is a sentence that names the file; the hint says what to do. `code` is stable: disk-full,
 * no-permission, read-only, missing, exists, locked, damaged, no-checkpoint,
 * not-a-run, io.
 */
export class RunError extends Error {
  override readonly name = "RunError";
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** A file system error as a sentence, as in `Could not write /runs/a/events.jsonl: the disk is full.` */
export function fileError(error: unknown, doing: Doing, path: string): RunError {
  if (error instanceof RunError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const [name, why, hint] = reasons[code ?? ""] ?? [
    "io",
    message,
    "Check the disk and the folder, then try again.",
  ];
  const said = typeof hint === "string" ? hint : hint.ofRun;
  return new RunError(name, `Could not ${doing} ${path}: ${why}.`, said, { cause: error });
}

/**
 * Writes what a person asked for, which is none of a run's files: errors say what helps there.
 * @param place of errors that name none, as those of writing to an open file
 */
export async function toOutput<T>(write: () => Promise<T>, place?: string): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const known = error instanceof RunError ? error : systemError(error, place);
    const hint = reasons[(known?.cause as NodeJS.ErrnoException | undefined)?.code ?? ""]?.[2];
    if (known === undefined) throw error;
    if (hint === undefined || typeof hint === "string") throw known;
    throw new RunError(known.code, known.message, hint.ofOutput, { cause: known.cause });
  }
}

/** What a person is told of an error of runs, engines, data or the system; undefined for a bug. */
export function explained(error: unknown): Pick<RunError, "code" | "message" | "hint"> | undefined {
  return isExplained(error) ? error : systemError(error);
}

/** Errors of runs, engines and data say what they are and what to do; nothing else that is thrown does. */
const isExplained = (error: unknown): error is Error & { readonly code: string; readonly hint: string } =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  "hint" in error &&
  typeof error.hint === "string";

/** undefined for any other error, and for one without a place. @param given where it is, if the error does not say it */
export function systemError(error: unknown, given?: string): RunError | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  const { syscall, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const place = dest ?? path ?? given;
  return place === undefined ? undefined : fileError(error, doings[syscall ?? ""] ?? "open", place);
}

const doings: Readonly<Record<string, Doing>> = {
  mkdir: "create",
  mkdtemp: "create",
  rename: "create",
  link: "create",
  symlink: "create",
  copyfile: "create",
  write: "write",
  read: "read",
  scandir: "read",
  rm: "delete",
  rmdir: "delete",
  unlink: "delete",
};

type Doing = "read" | "write" | "create" | "delete" | "open";
