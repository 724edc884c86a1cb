import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** A line at the bottom of a terminal that is rewritten in place; other lines scroll above it. */
export interface LiveLine {
  update(line: string): void;
  /** Prints lines above. */
  print(...lines: readonly string[]): void;
  /** Removes the line. */
  clear(): void;
}

/** Erases the line and returns to its beginning. */
const erase = "\r\u001b[2K";
/** Without this a terminal narrower than the line would wrap it, and the wrapped part would stay. */
const [noWrap, wrap] = ["\u001b[?7l", "\u001b[?7h"];

export function liveLine({ out }: Terminal): LiveLine {
  let shown = "";
  return {
    update(text) {
      const line = printable(text);
      if (line === shown) return;
      shown = line;
      out.write(`${noWrap}${erase}${line}${wrap}`);
    },
    print(...lines) {
      if (lines.length > 0) out.write(`${erase}${lines.map(printable).join("\n")}\n${shown}`);
    },
    clear() {
      if (shown !== "") out.write(erase);
      shown = "";
    },
  };
}
