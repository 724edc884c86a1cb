import type { Program } from "../program.ts";
import { trace } from "./trace.ts";
import { UnsupportedKernel } from "./traceBackend.ts";

/** Why an entry cannot be compiled. */
export interface Unsupported {
  readonly entry: string;
  /** As given to `tidy`, usually the layer; with " (gradient)" where only training needs what is missing. */
  readonly scope?: string;
  readonly kernel?: string;
  readonly why: string;
  /** What an error of a person's own module says it is. */
  readonly code?: string;
  readonly hint?: string;
}

/**
 * What keeps a program from being compiled, without training or loading a runtime: the first obstacle of each entry, a kernel
 * without a lowering or one that tfjs refuses, such as a missing gradient.
 */
export function unsupportedKernels(program: Program): Unsupported[] {
  return program.entries.flatMap((entry) => {
    try {
      trace({ ...program, entries: [entry] });
      return [];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const { code, hint } = error as { readonly code?: string; readonly hint?: string };
      if (code?.startsWith("module-")) return [{ entry: entry.name, why, code, ...(hint ? { hint } : {}) }];
      if (!(error instanceof UnsupportedKernel)) return [{ entry: entry.name, why }];
      const { kernel, scope } = error;
      return [{ entry: entry.name, kernel, why, ...(scope === undefined ? {} : { scope }) }];
    }
  });
}
