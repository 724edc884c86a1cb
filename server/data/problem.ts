/** What is wrong with a file or with what an experiment says about it: a user's mistake, so data and not an exception. */
export interface DataProblem {
  readonly code: DataProblemCode;
  /** One sentence that names the thing, the value and what was expected; the file stands in `file`. */
  readonly message: string;
  readonly file: string;
  /** Byte offset in the file (in the unpacked bytes where the file is compressed). */
  readonly offset?: number;
  /** 1-based, for text files. */
  readonly line?: number;
  readonly column?: number;
  readonly expected?: string | number;
  readonly found?: string | number;
}

export type DataProblemCode =
  | "missing-file"
  | "network-path"
  | "outside-workspace"
  | "not-a-file"
  | "permission-denied"
  | "unreadable-file"
  | "empty-file"
  | "wrong-magic"
  | "bad-header"
  | "truncated"
  | "trailing-bytes"
  | "corrupt"
  | "damaged"
  | "unsupported-dtype"
  | "unsupported-format"
  | "unsupported-task"
  | "unsafe-model"
  | "too-large"
  | "too-slow"
  | "missing-array"
  | "missing-column"
  | "duplicate-column"
  | "bad-csv"
  | "bad-jsonl"
  | "bad-text"
  | "bad-tokenizer"
  | "bad-mask"
  | "token-range"
  | "missing-value"
  | "not-a-number"
  | "not-a-boolean"
  | "not-a-date"
  | "too-many-categories"
  | "not-finite"
  | "no-samples"
  | "count-mismatch"
  | "shape-mismatch"
  | "label-range"
  | "no-label"
  | "unknown-class"
  | "exclude-task"
  | "balanced-task"
  | "no-distribution"
  | "normalize-channels"
  | "no-image-decoder"
  | "broken-images"
  | "image-size"
  | "image-channels";

export function isProblem<T extends object>(value: T | DataProblem): value is DataProblem {
  return "code" in value && "message" in value && "file" in value;
}

/** `file:line:column: code: message`, as compilers print it, with the facts that the message does not need to repeat. */
export function formatProblem({
  code,
  message,
  file,
  offset,
  line,
  column,
  expected,
  found,
}: DataProblem): string {
  const place = [file, line, line === undefined ? undefined : column]
    .filter((part) => part !== undefined)
    .join(":");
  const facts = [
    offset === undefined ? undefined : `at byte ${offset}`,
    expected === undefined ? undefined : `expected ${expected}`,
    found === undefined ? undefined : `found ${found}`,
  ].filter((fact) => fact !== undefined);
  const said = facts.length === 0 ? message : `${message.replace(/\.$/, "")} (${facts.join(", ")}).`;
  return `${place}: ${code}: ${said}`;
}

/** The message with its numbers inserted. */
export function sentence({ message, file, offset, line, expected, found }: DataProblem): string {
  const facts = [
    line === undefined ? undefined : `line ${line}`,
    offset === undefined ? undefined : `byte ${offset}`,
    expected === undefined ? undefined : `expected ${expected}`,
    found === undefined ? undefined : `found ${found}`,
  ].filter((fact) => fact !== undefined);
  const named = message.includes(file) ? message : `${file}: ${message}`;
  return facts.length === 0 ? named : `${named.replace(/\.$/, "")} (${facts.join(", ")}).`;
}
