import type { JSONPath, Node } from "jsonc-parser";
import type { ColumnFacts } from "../../fileHeaders.ts";
import type { Schema } from "../../parameters/schema.ts";
import { nodeAt } from "../parse.ts";
import { resolved } from "../schema/schema.ts";
import type { Model } from "./model.ts";
import { member } from "./values.ts";

/** A column of a table, and what its cells are, as far as they were read. */
interface Column {
  readonly name: string;
  readonly facts?: ColumnFacts | undefined;
}

/** Whether a value of this schema may be the name of a column. */
export const namesColumn = ({ columnName, oneOf = [] }: Schema): boolean =>
  columnName ?? oneOf.some((branch) => resolved(branch).columnName);

/** The columns of the table that the source around a value names. */
export function columnsAround(
  { root, files }: Pick<Model, "root" | "files">,
  path: JSONPath,
): readonly Column[] {
  const source = sourceAround(root, path);
  const own = files.filter(({ reference }) => reference.node.parent?.parent === source);
  const facts = own.map(({ knowledge }) => knowledge?.facts).find((found) => found?.columnNames);
  return (facts?.columnNames ?? []).map((name) => ({
    name,
    facts: facts?.columnFacts?.find((column) => column.name === name),
  }));
}

function sourceAround(root: Node, path: JSONPath): Node | undefined {
  for (let length = path.length - 1; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node?.type === "object" && member(node, "type")) return node;
  }
  return undefined;
}
