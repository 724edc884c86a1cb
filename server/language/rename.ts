import type { Range, TextEdit } from "vscode-languageserver-types";
import { rangeOf, textEdit } from "./check.ts";
import { replace } from "./finding.ts";
import { endOf } from "./insert.ts";
import { type LayerName, layerNameAt } from "./layerNames.ts";
import type { Parsed } from "./parse.ts";
import { experimentSchema } from "./schema/schema.ts";

/** The name to be renamed, without quotes. */
export function renameRange(
  parsed: Parsed,
  offset: number,
): { range: Range; placeholder: string } | undefined {
  const found = layerNameAt(parsed, offset);
  if (!found?.definition) return undefined;
  const { node, name } = found;
  return {
    range: rangeOf(parsed, { offset: node.offset + 1, length: Math.max(0, endOf(node) - node.offset - 2) }),
    placeholder: name,
  };
}

export type Renaming = { readonly edits: TextEdit[] } | { readonly problem: string };

/** The edits that rename a layer everywhere; undefined where there is no layer's name. */
export function rename(parsed: Parsed, offset: number, newName: string): Renaming | undefined {
  const found = layerNameAt(parsed, offset);
  if (!found?.definition) return undefined;
  const problem = obstacle(found, newName);
  if (problem) return { problem };
  return {
    edits: [found.definition, ...found.uses].map((node) =>
      textEdit(parsed, replace(node, JSON.stringify(newName))),
    ),
  };
}

function obstacle({ name, taken }: LayerName, newName: string): string | undefined {
  if (!namePattern.test(newName)) {
    return `"${newName}" is not a valid layer name: use letters, digits, _, - and ., beginning with a letter.`;
  }
  if (newName === "input") return '"input" is the name of what enters the net.';
  return newName !== name && taken.has(newName)
    ? `Another layer already has the name "${newName}".`
    : undefined;
}

const namePattern = new RegExp(experimentSchema.definitions?.["LayerName"]?.pattern ?? "");
