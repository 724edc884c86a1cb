import type { Range } from "vscode-languageserver-types";
import { rangeOf } from "./check.ts";
import { endOf } from "./insert.ts";
import type { Parsed } from "./parse.ts";
import { references } from "./references.ts";

export interface FileLink {
  readonly range: Range;
  /** As written; relative to the experiment's folder. */
  readonly path: string;
}

/** The paths in an experiment, without their quotes. */
export function fileLinks(parsed: Parsed): FileLink[] {
  return Array.from(references(parsed.root), ({ path, node }) => ({
    path,
    range: rangeOf(parsed, { offset: node.offset + 1, length: Math.max(0, endOf(node) - node.offset - 2) }),
  }));
}
