import { CodeActionKind, type Range, type TextEdit } from "vscode-languageserver-types";
import { type Diagnostic, textEdit } from "./check.ts";
import { type FixCommand, replace } from "./finding.ts";
import { removeItem } from "./insert.ts";
import { numberOf } from "./model/values.ts";
import { nodeAt, type Parsed, propertyOf } from "./parse.ts";
import { losses } from "./resolve.ts";
import { oneLine } from "./skeleton.ts";

export interface Action {
  readonly title: string;
  readonly kind: CodeActionKind;
  readonly edits: readonly TextEdit[];
  /** Run by the client, where the text is not what is wrong. */
  readonly command?: FixCommand;
  /** What it puts right. */
  readonly diagnostic?: Diagnostic;
  readonly isPreferred?: boolean;
}

/** What can be done at a range: the fixes of what is wrong there, and what can be written in another way. */
export function codeActions(parsed: Parsed, range: Range, diagnostics: readonly Diagnostic[]): Action[] {
  const fixes = diagnostics
    .filter((diagnostic) => overlaps(diagnostic.range, range))
    .flatMap((diagnostic) =>
      diagnostic.fixes.map((fix, index) => ({
        ...fix,
        kind: CodeActionKind.QuickFix,
        diagnostic,
        ...(index === 0 ? { isPreferred: true } : {}),
      })),
    );
  return [...fixes, ...spellOut(parsed, range)];
}

/** `temperature` and `alpha` as the losses that they are short for. */
function spellOut(parsed: Parsed, range: Range): Action[] {
  const temperature = nodeAt(parsed.root, ["temperature"]);
  const alpha = nodeAt(parsed.root, ["alpha"]);
  const [first, second] = [temperature, alpha]
    .flatMap((value) => (value && propertyOf(value)) ?? [])
    .sort((a, b) => a.offset - b.offset);
  if (!first || nodeAt(parsed.root, ["losses"])) return [];
  const here = [first, second].some((property) => {
    return property && overlaps(rangeOfProperty(property), range);
  });
  if (!here) return [];
  const list = losses({
    temperature: numberOf(temperature),
    alpha: numberOf(alpha),
  });
  return [
    {
      title: "Write out as losses",
      kind: CodeActionKind.RefactorRewrite,
      edits: [
        replace(first, `"losses": ${oneLine(list)}`),
        ...(second ? [removeItem(parsed.text, second)] : []),
      ].map((edit) => textEdit(parsed, edit)),
    },
  ];

  function rangeOfProperty({ offset, length }: { readonly offset: number; readonly length: number }): Range {
    return { start: parsed.document.positionAt(offset), end: parsed.document.positionAt(offset + length) };
  }
}

function overlaps(a: Range, b: Range): boolean {
  const isBefore = (x: Range, y: Range) =>
    x.end.line < y.start.line || (x.end.line === y.start.line && x.end.character < y.start.character);
  return !isBefore(a, b) && !isBefore(b, a);
}
