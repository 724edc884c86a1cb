import type { Writable } from "node:stream";

/** Where a command writes. Tests hand in streams of their own. */
export interface Terminal {
  readonly out: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly err: Writable & { readonly isTTY?: boolean };
}

export function print({ out }: Terminal, ...lines: readonly string[]): void {
  if (lines.length > 0) out.write(`${lines.join("\n")}\n`);
}

export function complain({ err }: Terminal, ...lines: readonly string[]): void {
  if (lines.length > 0) err.write(`${lines.join("\n")}\n`);
}

/** Exit codes of `distill`. */
export const exit = { done: 0, failed: 1, wrongFile: 2, stopped: 130 } as const;
export type ExitCode = (typeof exit)[keyof typeof exit];
