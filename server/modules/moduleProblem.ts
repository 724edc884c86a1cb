import { basename } from "node:path";

export type ModuleProblemCode =
  | "module-node"
  | "module-missing"
  | "module-import"
  | "module-syntax"
  | "module-default"
  | "module-kind"
  | "module-declaration"
  | "module-throws"
  | "module-impure"
  | "module-operation"
  | "module-late"
  | "module-untrusted";

/** What is wrong with a person's module, and where in it. */
export interface ModuleProblem {
  readonly code: ModuleProblemCode;
  /** A sentence that begins with the file and the line, as in `focal.ts:12:7: …`. */
  readonly message: string;
  readonly hint?: string;
}

/** Lines and columns from 1. */
export interface CodePlace {
  /** Absolute. */
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A person's mistake in a module, thrown through foreign code. Callers use its code and hint. */
export class ModuleError extends Error {
  readonly code: ModuleProblemCode;
  readonly hint: string;
  constructor({ code, message, hint = "" }: ModuleProblem) {
    super(message);
    this.code = code;
    this.hint = hint;
  }

  get problem(): ModuleProblem {
    const { code, message, hint } = this;
    return { code, message, ...(hint === "" ? {} : { hint }) };
  }
}

export const moduleProblem = (
  code: ModuleProblemCode,
  { file, line, column }: CodePlace,
  message: string,
  hint?: string,
): ModuleProblem => ({
  code,
  message: `${[basename(file), line, column].filter((part) => part !== undefined).join(":")}: ${message}`,
  ...(hint === undefined ? {} : { hint }),
});
