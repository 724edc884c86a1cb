import type { Range, TextEdit } from "vscode-languageserver-types";
import { bounded, mostOfOneKind } from "./bounded.ts";
import { type Knowledge, nothingKnown } from "./facts.ts";
import type { Edit, Finding, FixCommand, Severity, Span } from "./finding.ts";
import { memberFindings } from "./memberFindings.ts";
import { modelOf, type OtherFacts } from "./model/model.ts";
import { type Parsed, parse } from "./parse.ts";
import type { Rule } from "./rules/rule.ts";
import { rules } from "./rules/rules.ts";
import { budgetFindings, studentBudget } from "./studentBudget.ts";
import { validate } from "./validate.ts";

/** A finding with lines and columns in place of offsets. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** Zero-based, in UTF-16 code units, as in the Language Server Protocol. */
  readonly range: Range;
  readonly fixes: readonly DiagnosticFix[];
  readonly related: readonly { readonly range: Range; readonly message: string }[];
}

interface DiagnosticFix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly command?: FixCommand;
  readonly isSure?: boolean;
}

export interface CheckOptions extends OtherFacts {
  /** Facts about the files that the text names; none by default. */
  readonly knowledge?: Knowledge;
  /** Checks every run of a sweep, however many there are, before something is started. */
  readonly isThorough?: boolean;
}

/**
 * All errors and warnings of an experiment's text, in its order.
 * Never throws, whatever the text.
 */
export function checkText(text: string, options?: CheckOptions): Diagnostic[] {
  return checkParsed(parse(text), options);
}

export function checkParsed(parsed: Parsed, options: CheckOptions = {}): Diagnostic[] {
  return bounded(findings(parsed, options)).map((finding) => diagnostic(finding, parsed));
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === "error");

function findings(parsed: Parsed, options: CheckOptions): Finding[] {
  const isBroken = parsed.problems.some(({ code }) => code === "syntax");
  const base = ownFindings(parsed, options);
  const check = (member: Parsed) => ownFindings(member, options);
  const { isThorough = false } = options;
  if (isBroken) return firstOfEachPlace(inOrder(base));
  const { knowledge = nothingKnown, ...known } = options;
  const budget = studentBudget(parsed, knowledge, { ...known, isThorough });
  const ofRuns = memberFindings(parsed, { base, check, fits: budget?.fits, isThorough });
  return firstOfEachPlace(inOrder([...base, ...ofRuns, ...budgetFindings(parsed, budget, isThorough)]));
}

/** Of the file itself, without its sweep. */
function ownFindings(
  parsed: Parsed,
  { knowledge = nothingKnown, isThorough: _, ...known }: CheckOptions,
): Finding[] {
  const isBroken = parsed.problems.some(({ code }) => code === "syntax");
  // While a text has syntax errors, absent keys are not reported and rules do not run.
  const { findings, meant } = validate(parsed, knowledge);
  const wrong = findings.filter(({ code }) => !isBroken || code !== "missing-key");
  const model = isBroken ? undefined : modelOf(meant, knowledge, known);
  const odd = model ? rules.flatMap((rule) => coded(rule.code, rule.check(model))) : [];
  // A value that the schema refuses is not also reported as unusual.
  const refused = new Set(wrong.map(({ span }) => span.offset));
  const news = odd.filter(({ severity, span }) => severity === "error" || !refused.has(span.offset));
  return [...parsed.problems, ...wrong, ...news];
}

/** Rules that know sweeps report the same about a value as the check of its run. */
function firstOfEachPlace(all: readonly Finding[]): Finding[] {
  const reported = new Set<string>();
  return all.filter(({ code, span, message }) => {
    const key = `${code} ${span.offset} ${message}`;
    return !reported.has(key) && reported.add(key);
  });
}

/** Those of a rule, up to as many errors as are useful: each may take a search through thousands of names. */
function coded(code: string, found: ReturnType<Rule["check"]>): Finding[] {
  const all: Finding[] = [];
  let errors = 0;
  for (const finding of found) {
    all.push({ code, ...finding });
    if (finding.severity === "error" && ++errors === mostOfOneKind) break;
  }
  return all;
}

/** By position; errors first at the same position. */
function inOrder(all: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding) => (severity === "error" ? 0 : 1);
  return [...all].sort((a, b) => a.span.offset - b.span.offset || rank(a) - rank(b));
}

function diagnostic(
  { code, severity, message, span, fixes, related = [] }: Finding,
  parsed: Parsed,
): Diagnostic {
  return {
    code,
    severity,
    message,
    range: rangeOf(parsed, span),
    fixes: fixes.map(({ edits, ...fix }) => ({ ...fix, edits: edits.map((edit) => textEdit(parsed, edit)) })),
    related: related.map(({ span, message }) => ({ range: rangeOf(parsed, span), message })),
  };
}

export const rangeOf = ({ document }: Parsed, { offset, length }: Span): Range => ({
  start: document.positionAt(offset),
  end: document.positionAt(offset + length),
});

export const textEdit = (parsed: Parsed, edit: Edit): TextEdit => ({
  range: rangeOf(parsed, edit),
  newText: edit.text,
});
