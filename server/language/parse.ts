import {
  findNodeAtLocation,
  getNodeValue,
  type JSONPath,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { TextDocument } from "vscode-languageserver-textdocument";
import { error, type Finding, replace, type Span, spanOf, sureFix, type Uncoded } from "./finding.ts";
import { tokens } from "./tokens.ts";

/**
 * An experiment's text as a tree, as far as it parses: a half-typed file has one too. `problems` are syntax errors only.
 */
export interface Parsed {
  readonly text: string;
  /** Offsets ↔ lines and columns. */
  readonly document: TextDocument;
  readonly root: Node | undefined;
  readonly problems: readonly Finding[];
}

/** No experiment is that long. */
const longestText = 4 * 1024 * 1024;
/** The schema needs nine levels. A recursive parser would overflow the stack far beyond that. */
const deepestNesting = 200;
/** A text that is not JSON has an error at each word. */
const mostProblems = 20;

/** Reads JSON with comments and trailing commas. Never throws. */
export function parse(text: string): Parsed {
  const document = TextDocument.create("", "distill", 0, text);
  const refused = tooLong(text) ?? tooDeep(text);
  if (refused) return { text, document, root: undefined, problems: [syntax(refused)] };

  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const problems = errors.slice(0, 10 * mostProblems).map((problem) => syntax(describe(problem, text)));
  if (root === undefined && problems.length === 0) problems.push(syntax(nothingThere(text)));
  return { text, document, root, problems: [...firstOfEachPlace(problems), ...duplicateKeys(root)] };
}

const syntax = (problem: Uncoded): Finding => ({ code: "syntax", ...problem });

/** The node at a path such as ["data", "train", "path"]. */
export const nodeAt = (root: Node | undefined, path: JSONPath): Node | undefined =>
  root && findNodeAtLocation(root, path);

/** The property that a node is the value of. */
export const propertyOf = (node: Node): Node | undefined =>
  node.parent?.type === "property" ? node.parent : undefined;

export const keyOf = (property: Node): string => String(property.children?.[0]?.value ?? "");

export const properties = (object: Node | undefined): readonly Node[] =>
  object?.type === "object" ? (object.children ?? []) : [];

export const dataOf = (node: Node | undefined): unknown => (node ? getNodeValue(node) : undefined);

function tooLong(text: string): Uncoded | undefined {
  if (text.length <= longestText) return undefined;
  const megabytes = (text.length / 1024 / 1024).toFixed(0);
  return error({ offset: 0, length: 1 }, `The text has ${megabytes} MB: it is not an experiment.`);
}

function tooDeep(text: string): Uncoded | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) at = endOfText(text, at);
    else if (character === slash) at = endOfComment(text, at);
    else if (character === openBrace || character === openBracket) depth++;
    else if (character === closeBrace || character === closeBracket) depth--;
    if (depth > deepestNesting) {
      return error({ offset: at, length: 1 }, `The text is nested more than ${deepestNesting} levels deep.`);
    }
  }
  return undefined;
}

const [quote, slash, openBrace, closeBrace, openBracket, closeBracket] = Array.from('"/{}[]', (character) =>
  character.charCodeAt(0),
);

/** The closing quote, or the end of the line where there is none. */
function endOfText(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === '"' || character === "\n" || character === "\r") return at;
  }
  return text.length;
}

function endOfComment(text: string, from: number): number {
  const isLine = text[from + 1] === "/";
  if (!isLine && text[from + 1] !== "*") return from;
  const end = isLine ? text.indexOf("\n", from) : text.indexOf("*/", from + 2);
  return end < 0 ? text.length : end;
}

function nothingThere(text: string): Uncoded {
  const span = { offset: 0, length: Math.min(text.length, 1) };
  return error(span, "The file is empty: an experiment has at least `data` and `student`.");
}

/** One wrong character makes several errors at the same place; the first is the best. */
function firstOfEachPlace(problems: readonly Finding[]): readonly Finding[] {
  const offsets = new Set<number>();
  return problems
    .filter(({ span }) => !offsets.has(span.offset) && offsets.add(span.offset))
    .slice(0, mostProblems);
}

function duplicateKeys(root: Node | undefined): Finding[] {
  const found: Finding[] = [];
  const visit = (node: Node): void => {
    if (node.type === "object") found.push(...duplicatesIn(node));
    for (const child of node.children ?? []) if (child.children) visit(child);
  };
  if (root?.children) visit(root);
  return found;
}

function* duplicatesIn(object: Node): Generator<Finding> {
  const first = new Map<string, Node>();
  for (const property of object.children ?? []) {
    const key = property.children?.[0];
    if (!key) continue;
    const name = String(key.value);
    const earlier = first.get(name);
    if (!earlier) first.set(name, key);
    else {
      yield {
        code: "duplicate-key",
        ...error(key, `Duplicate key "${name}" in the same object.`),
        related: [{ span: spanOf(earlier), message: "First here." }],
      };
    }
  }
}

function describe({ error: code, offset, length }: ParseError, text: string): Uncoded {
  const span = placeOf({ offset, length }, text);
  switch (printParseErrorCode(code)) {
    case "CommaExpected":
      return error(
        span,
        "A comma is missing before this.",
        sureFix("Insert a comma", replace(endOfValueBefore(offset, text), ",")),
      );
    case "ColonExpected":
      return error(span, "A colon is missing between the key and its value.");
    case "ValueExpected":
      return error(span, "A value is missing here.");
    case "PropertyNameExpected":
      return error(span, 'A key in double quotes is expected here, as in "student".');
    case "CloseBraceExpected":
      return error(span, "A closing brace } is missing.");
    case "CloseBracketExpected":
      return error(span, "A closing bracket ] is missing.");
    case "EndOfFileExpected":
      return error(span, "Nothing may follow the experiment.");
    case "UnexpectedEndOfComment":
      return error(span, "The comment has no end: */ is missing.");
    case "UnexpectedEndOfString":
      return error(span, 'The text has no end: " is missing.');
    case "UnexpectedEndOfNumber":
      return error(span, "The number has no end.");
    case "InvalidNumberFormat":
      return error(span, "This is not a valid JSON number.");
    case "InvalidUnicode":
    case "InvalidEscapeCharacter":
      return error(span, "Invalid escape; a backslash itself is \\\\.");
    case "InvalidCharacter":
      return error(span, "Invalid character in a string; a line break is \\n.");
    default:
      return error(
        span,
        `${JSON.stringify(text.slice(span.offset, span.offset + span.length))} is not JSON.`,
      );
  }
}

/** At the end of the text the last character is underlined. Long spans are shortened. */
function placeOf({ offset, length }: Span, text: string): Span {
  if (offset < text.length)
    return { offset, length: Math.max(1, Math.min(length, 40, text.length - offset)) };
  const last = endOfValueBefore(offset, text).offset - 1;
  return last < 0 ? { offset: 0, length: text.length > 0 ? 1 : 0 } : { offset: last, length: 1 };
}

/** End of the last token before an offset; comments and white space are not tokens. */
function endOfValueBefore(offset: number, text: string): Span {
  let end = 0;
  for (const token of tokens(text)) {
    if (token.offset >= offset) break;
    end = token.offset + token.length;
  }
  return { offset: end, length: 0 };
}
