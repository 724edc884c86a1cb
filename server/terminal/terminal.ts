import process from "node:process";
import type { Writable } from "node:stream";
import { printable } from "./printable.ts";

/** Where a command writes. Tests hand in streams of their own. */
export interface Terminal {
  readonly out: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly err: Writable & { readonly isTTY?: boolean };
}

/** Each as one line: whatever is in it, it acts on no terminal and begins no other line. */
export function print({ out }: Terminal, ...lines: readonly string[]): void {
  out.write(textOf(lines));
}

export function complain({ err }: Terminal, ...lines: readonly string[]): void {
  err.write(textOf(lines));
}

/** It may have more lines than a call has room for arguments. */
export function printJson({ out }: Terminal, value: unknown): void {
  out.write(textOf(JSON.stringify(value, null, 2).split("\n")));
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${printable(line)}\n`).join("");

/** Whether lines can be rewritten in place. A dumb terminal, as a shell in Emacs, would show the codes for it. */
export const canRewrite = ({ out }: Terminal, term = process.env["TERM"]): boolean =>
  out.isTTY === true && term !== "dumb";

/** Exit codes of `distill`. `unread` is a shell's of SIGPIPE: nobody reads what comes of a run that goes on. */
export const exit = { done: 0, failed: 1, wrongFile: 2, stopped: 130, unread: 141 } as const;
export type ExitCode = (typeof exit)[keyof typeof exit];
