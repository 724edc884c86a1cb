import type { Node } from "jsonc-parser";
import { type DocumentSymbol, SymbolKind } from "vscode-languageserver-types";
import { rangeOf } from "./check.ts";
import { items, member, textOf } from "./model/values.ts";
import { keyOf, type Parsed, properties } from "./parse.ts";
import { experimentsText } from "./sweepText.ts";

/** The tree of an experiment: its keys, its layers and losses by name and type. */
export function outline(parsed: Parsed): DocumentSymbol[] {
  return properties(parsed.root).flatMap((property) => {
    const detail = keyOf(property) === "sweep" ? experimentsText(parsed.root) : undefined;
    return keySymbol(property, parsed).map((symbol) => (detail ? { ...symbol, detail } : symbol));
  });
}

function keySymbol(property: Node, parsed: Parsed): DocumentSymbol[] {
  const [key, value] = property.children ?? [];
  const name = keyOf(property);
  if (!key || name === "") return [];
  return [
    {
      name,
      detail: value ? summary(value) : "",
      kind: value ? kindOf(value) : SymbolKind.Null,
      range: rangeOf(parsed, property),
      selectionRange: rangeOf(parsed, key),
      children: value ? children(value, parsed) : [],
    },
  ];
}

/** Items of a list that are shown with their keys. Those of thousands of layers would be megabytes after each edit. */
const mostWhole = 1000;

function children(value: Node, parsed: Parsed): DocumentSymbol[] {
  if (value.type === "object") return properties(value).flatMap((property) => keySymbol(property, parsed));
  const isLong = items(value).length > mostWhole;
  return items(value).flatMap((item, index) => {
    if (item.type !== "object") return [];
    const symbol = itemSymbol(item, index, parsed);
    return isLong ? symbol : { ...symbol, children: children(item, parsed) };
  });
}

/** Without what is in it. */
function itemSymbol(item: Node, index: number, parsed: Parsed): DocumentSymbol {
  const name = textOf(member(item, "name"));
  const type = textOf(member(item, "type"));
  return {
    name: name || type || `[${index}]`,
    detail: name && type ? type : "",
    kind: SymbolKind.Object,
    range: rangeOf(parsed, item),
    selectionRange: rangeOf(
      parsed,
      member(item, "name") ?? member(item, "type") ?? { offset: item.offset, length: 1 },
    ),
  };
}

function summary(value: Node): string {
  if (value.type === "object") return textOf(member(value, "preset")) ?? textOf(member(value, "type")) ?? "";
  if (value.type === "array") return `${items(value).length}`;
  return String(value.value);
}

function kindOf({ type }: Node): SymbolKind {
  switch (type) {
    case "object":
      return SymbolKind.Module;
    case "array":
      return SymbolKind.Array;
    case "number":
      return SymbolKind.Number;
    case "boolean":
      return SymbolKind.Boolean;
    case "null":
      return SymbolKind.Null;
    default:
      return SymbolKind.String;
  }
}
