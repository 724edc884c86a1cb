import { CodeActionKind, type Range, type TextEdit } from "vscode-languageserver-types";
import { type Diagnostic, textEdit } from "./check.ts";
import { type FixCommand, replace } from "./finding.ts";
import { removeItem } from "./insert.ts";
import { numberOf } from "./model/values.ts";
import { nodeAt, type Parsed, propertyOf } from "./parse.ts";
import { losses } from "./resolve.ts";
import { oneLine } from "./skeleton.ts";
import { validate } from "./validate.ts";

export interface Action {
  readonly title: string;
  readonly kind: CodeActionKind;
  readonly edits: readonly TextEdit[];
  /** Run by the client, where the fix is not an edit. */
  readonly command?: FixCommand;
  /** What it fixes. */
  readonly diagnostic?: Diagnostic;
  readonly isPreferred?: boolean;
}

/** A kind of its own, so that users can enable it on save for experiments only. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.distill`;

/**
 * Code actions at a range: fixes of its findings, and rewrites.
 * @param only requested kinds; actions on the whole file are given only where they are requested
 */
export function codeActions(
  parsed: Parsed,
  range: Range,
  diagnostics: readonly Diagnostic[],
  only: readonly CodeActionKind[] = [],
): Action[] {
  if (only.some((kind) => fixAllKind === kind || fixAllKind.startsWith(`${kind}.`))) return fixAll(parsed);
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
  return [...onceEach(fixes), ...spellOut(parsed, range)];
}

/** Two findings at one place may have the same fix. */
function onceEach(fixes: readonly Action[]): Action[] {
  const offered = new Set<string>();
  return fixes.filter(({ title, edits, command }) => {
    const key = JSON.stringify([title, edits, command]);
    return !offered.has(key) && offered.add(key);
  });
}

/**
 * Every unambiguous fix, in one edit. Checks the current text, because on save the last findings may be outdated. Of two
 * overlapping fixes the first is applied.
 */
function fixAll(parsed: Parsed): Action[] {
  let end = -1;
  const edits = [...parsed.problems, ...validate(parsed).findings]
    .flatMap(({ fixes: [first] }) => (first?.isSure ? [first.edits] : []))
    .sort(([a], [b]) => (a?.offset ?? 0) - (b?.offset ?? 0))
    .flatMap((edits) => {
      if (edits.some(({ offset }) => offset <= end)) return [];
      end = Math.max(...edits.map(({ offset, length }) => offset + length));
      return edits;
    });
  if (edits.length === 0) return [];
  return [
    {
      title: "Fix what is unambiguous",
      kind: fixAllKind,
      edits: edits.map((edit) => textEdit(parsed, edit)),
    },
  ];
}

/** `temperature` and `alpha` written out as losses. */
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
