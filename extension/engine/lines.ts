import type { InstallLine } from "../../server/protocol.ts";

/** Splits a process's output into lines; a line may arrive in pieces. */
export class LineReader {
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") this.#onLine(line);
  }

  end(): void {
    if (this.#rest.trim() !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}

/** Undefined for a line that is no report, such as output of npm or a compiler. */
export function installLine(line: string): InstallLine | undefined {
  const value = objectIn(line);
  if (value === undefined) return undefined;
  const has = (...names: string[]) => names.every((name) => typeof value[name] === "string");
  switch (value["event"]) {
    case "progress":
      return has("step", "what") ? (value as InstallLine) : undefined;
    case "ready":
      return has("kind", "folder", "tensorflow", "choice") ? (value as InstallLine) : undefined;
    case "error":
      return has("code", "message", "hint", "detail") ? (value as InstallLine) : undefined;
    default:
      return undefined;
  }
}

export function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
