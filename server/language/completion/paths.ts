import type { Schema } from "../../parameters/schema.ts";
import type { Cursor } from "../cursor.ts";
import type { Parsed } from "../parse.ts";
import { placeAt } from "../schema/choose.ts";
import { propertySchema } from "../schema/schema.ts";
import { branches } from "../schema/union.ts";
import { triedPlace } from "../sweptConditions.ts";
import { type Choice, kindOf } from "./item.ts";

/** A path being typed: its folder has to be listed before anything can be offered. */
export interface PathRequest {
  /** As typed, with the slash at its end; empty for the experiment's own folder. */
  readonly folder: string;
  /** Extensions of matching files. */
  readonly endings: readonly string[];
}

/** One entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Undefined where the cursor is not at a path. */
export function pathRequest({ root, text }: Parsed, cursor: Cursor, offset: number): PathRequest | undefined {
  if (cursor.expects !== "value") return undefined;
  const place = triedPlace(root, cursor.path);
  const endings = place && pathEndings(place.schema);
  if (!endings) return undefined;
  const typed = text.slice(cursor.word.offset, offset).replace(/^"/, "").replaceAll("\\\\", "\\");
  const folder = typed.slice(0, Math.max(typed.lastIndexOf("/"), typed.lastIndexOf("\\")) + 1);
  return { folder: folder === "" && place.schema.module !== undefined ? "./" : folder, endings };
}

/** The folder whose modules are offered beside the words that a type may be; undefined where none of one's own may stand. */
export function moduleRequest({ root }: Parsed, cursor: Cursor): PathRequest | undefined {
  const key = cursor.path.at(-1);
  if (cursor.expects !== "value" || typeof key !== "string") return undefined;
  const owner = placeAt(root, cursor.path.slice(0, -1))?.schema;
  const tag = (owner?.oneOf ? branches(owner) : [])
    .map(({ selector, schema }) =>
      selector.by === "module" && selector.key === key ? propertySchema(schema, key) : undefined,
    )
    .find((found) => found !== undefined);
  return tag?.path && { folder: "./", endings: tag.path };
}

const experimentEnding = ".distill.json";

const pathEndings = (schema: Schema): readonly string[] | undefined =>
  schema.path ?? (schema.oneOf ? branches(schema).find(({ schema }) => schema.path)?.schema.path : undefined);

/** Folders first, then matching files; names with a leading dot only after a typed dot. */
export function pathChoices(
  { folder, endings }: PathRequest,
  entries: readonly FolderEntry[],
  typedName: string,
): Choice[] {
  const visible = entries.filter(({ name }) => !name.startsWith(".") || typedName.startsWith("."));
  // An experiment is JSON as a model is, and none.
  const areExperiments = endings.includes(experimentEnding);
  const fits = ({ name }: FolderEntry) =>
    endings.some((ending) => name.toLowerCase().endsWith(ending)) &&
    (areExperiments || !name.endsWith(experimentEnding));
  const byName = (a: FolderEntry, b: FolderEntry) => (a.name < b.name ? -1 : 1);
  const folders = visible.filter(({ isFolder }) => isFolder).sort(byName);
  const files = visible.filter((entry) => !entry.isFolder && fits(entry)).sort(byName);
  return [
    ...folders.map((entry) => choice(`${folder}${entry.name}/`, kindOf.Folder)),
    ...files.map((entry) => choice(`${folder}${entry.name}`, kindOf.File)),
  ];
}

/** After a folder the cursor stays inside the quotes, so that its files can be offered at once. */
function choice(path: string, kind: Choice["kind"]): Choice {
  const isFolder = kind === kindOf.Folder;
  const text = JSON.stringify(path);
  return isFolder
    ? {
        label: path,
        kind,
        text: `${text.slice(0, -1).replaceAll(/[\\$}]/g, "\\$&")}$1"`,
        isSnippet: true,
        goesOn: true,
      }
    : { label: path, kind, text };
}
