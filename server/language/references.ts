import type { Node } from "jsonc-parser";
import {
  areLines,
  type ColumnsQuery,
  formatOf,
  type ImagesQuery,
  type OutputsQuery,
  type ParquetQuery,
} from "../fileQuery.ts";
import { isModulePath } from "../parameters/moduleName.ts";
import { sizeMeasures } from "../sweep/leftOut.ts";
import { type FileKind, type FileReference, holdsSamples } from "./facts.ts";
import { dataOf, keyOf, nodeAt, properties } from "./parse.ts";
import { placeAt } from "./schema/choose.ts";
import { type Described, walk, walkFrom } from "./schema/walk.ts";
import { rootWhere } from "./sweptConditions.ts";
import { taskInText } from "./task.ts";
import { parsePath } from "./valuePath.ts";

/** Every file that an experiment names, in the order of the text. Found once for a tree, which no longer changes. */
export function references(root: Node | undefined): readonly FileReference[] {
  if (root === undefined) return [];
  const all = found.get(root) ?? [...ownReferences(root), ...sweptReferences(root)];
  found.set(root, all);
  return all;
}

const found = new WeakMap<Node, readonly FileReference[]>();

function* ownReferences(root: Node): Generator<FileReference> {
  for (const described of walk(root)) {
    const reference = referenceOf(described, described.node.parent?.parent);
    const isSized = reference?.at[0] === "student" && hasSizes(root);
    if (reference) yield withTask({ ...reference, ...(isSized && { isSized }) }, root);
  }
}

/** The files that a sweep tries in place of others, also in values with several parts. */
function* sweptReferences(root: Node): Generator<FileReference> {
  const parameters = nodeAt(root, ["sweep", "parameters"]);
  for (const property of properties(parameters)) {
    const target = parsePath(keyOf(property));
    const list = property.children?.[1];
    const values = list?.type === "array" ? [...(list.children ?? []).entries()] : [];
    const named = values.filter(([, { type }]) => type === "string" || type === "object" || type === "array");
    if (!target || named.length === 0) continue;
    // One for all values: to make it takes as long as the sweep has values.
    const where = rootWhere(keyOf(property), root);
    for (const [index, node] of named) {
      const place = ["sweep", "parameters", keyOf(property), index];
      const schema = placeAt(where, place)?.schema;
      if (!schema) continue;
      for (const described of walkFrom(node, target, schema)) {
        const owner =
          described.node === node ? nodeAt(where, target.slice(0, -1)) : described.node.parent?.parent;
        const reference = referenceOf(described, owner);
        const at = [...place, ...described.at.slice(target.length)];
        const isSized = reference && target[0] === "student" && hasSizes(root);
        if (reference) yield withTask({ ...reference, at, ...(isSized && { isSized }) }, root);
      }
    }
  }
}

/** Whether a budget asks for more of a student than its file says. */
const hasSizes = (root: Node | undefined): boolean =>
  sizeMeasures.some((measure) => nodeAt(root, ["sweep", "budget", measure]) !== undefined);

/** What labels are depends on what they are for, where the text says it. */
function withTask(reference: FileReference, root: Node | undefined): FileReference {
  const task = taskInText(root);
  const isOfSamples = holdsSamples(reference) || reference.kind.endsWith("-labels");
  return task && isOfSamples ? { ...reference, task } : reference;
}

function referenceOf({ node, at, schema }: Described, owner: Node | undefined): FileReference | undefined {
  if (!schema.path || node.type !== "string") return undefined;
  const path = String(node.value);
  if (schema.module !== undefined)
    return isModulePath(path) ? { path, kind: "module", node, at, module: schema.module } : undefined;
  const kind = kindOf(String(at.at(-1)), sibling(owner, "type"), path);
  if (path.trim() === "" || !kind) return undefined;
  const reference = { path, kind, node, at };
  const isUnlabelled = at[0] === "data" && at[1] === "unlabelled";
  if (kind === "outputs") return { ...reference, outputs: outputsOf(owner, String(at.at(-1))) };
  if (kind === "csv" || kind === "jsonl") return { ...reference, columns: columnsOf(owner, isUnlabelled) };
  if (kind === "image-folder" || kind === "image-table" || kind === "cifar")
    return { ...reference, images: imagesOf(owner, isUnlabelled) };
  if (kind === "text-folder") return { ...reference, images: isUnlabelled ? { isUnlabelled } : {} };
  if (kind === "parquet") return { ...reference, parquet: parquetOf(owner, isUnlabelled) };
  if (kind !== "npz") return reference;
  const features = sibling(owner, "features");
  const labels = sibling(owner, "labels");
  if (typeof features !== "string") return reference;
  if (isUnlabelled) return { ...reference, arrays: { features } };
  return typeof labels === "string" ? { ...reference, arrays: { features, labels } } : reference;
}

function kindOf(key: string, type: unknown, path: string): FileKind | undefined {
  switch (type) {
    case "text":
      if (key === "tokenizer") return "tokenizer";
      if (key === "folder") return "text-folder";
      if (key === "lines") return "text-lines";
      if (key === "labels") return path.endsWith(".npy") ? "npy-labels" : "text-labels";
      // A file of lines is refused here, whatever is in it.
      return areLines(path) ? undefined : formatOf(path);
    case "idx":
      return key === "images" ? "idx-images" : "idx-labels";
    case "npy":
      return key === "features" ? "npy-features" : key === "mask" ? "npy-mask" : "npy-labels";
    case "images":
      return key === "folder" ? "image-folder" : key === "root" ? "root-folder" : "image-table";
    case "csv":
    case "jsonl":
    case "cifar":
    case "npz":
    case "parquet":
    case "onnx":
    case "tfjs":
    case "outputs":
    case "experiment":
      return type;
    case "savedModel":
      return "model-folder";
    default:
      if (key === "weights" || key === "run" || key === "experiment") return key;
      if (key !== "model") return undefined;
      return path.endsWith(".onnx") ? "onnx-student" : "tfjs";
  }
}

/** The columns of a text source: its texts are no numbers. */
function textColumnsOf(source: Node | undefined): NonNullable<ColumnsQuery["features"]> {
  const columns = [sibling(source, "text")].flat().filter(isColumn);
  return columns.map((column) => ({ column, as: "category" }));
}

function columnsOf(source: Node | undefined, isUnlabelled: boolean): ColumnsQuery {
  const label = sibling(source, "label");
  const features = sibling(source, "type") === "text" ? textColumnsOf(source) : sibling(source, "features");
  const delimiter = sibling(source, "delimiter");
  const header = sibling(source, "header");
  const labelSeparator = sibling(source, "labelSeparator");
  return {
    ...(areColumns(label) ? { label } : isUnlabelled ? {} : { label: -1 }),
    ...(Array.isArray(features) && features.every(isFeature) ? { features } : {}),
    ...(typeof delimiter === "string" ? { delimiter } : {}),
    ...(typeof header === "boolean" ? { header } : {}),
    ...(typeof labelSeparator === "string" ? { labelSeparator } : {}),
  };
}

/** As far as the schema lets it be one. */
const isFeature = (value: unknown): value is NonNullable<ColumnsQuery["features"]>[number] =>
  isColumn(value) ||
  (typeof value === "object" && value !== null && "column" in value && isColumn(value.column));

const isColumn = (value: unknown): value is string | number =>
  typeof value === "string" || typeof value === "number";

const areColumns = (value: unknown): value is NonNullable<ColumnsQuery["label"]> =>
  isColumn(value) || (Array.isArray(value) && value.length > 1 && value.every(isColumn));

function outputsOf(teacher: Node | undefined, source: string): OutputsQuery {
  const array = sibling(teacher, "array");
  const id = sibling(teacher, "id");
  return {
    source: source as OutputsQuery["source"],
    ...(typeof array === "string" ? { array } : {}),
    ...(typeof id === "string" ? { id } : {}),
  };
}

function imagesOf(source: Node | undefined, isUnlabelled: boolean): ImagesQuery {
  const size = sibling(source, "size");
  const channels = sibling(source, "channels");
  const path = sibling(source, "path");
  const root = sibling(source, "root");
  const label = sibling(source, "label");
  const labelSeparator = sibling(source, "labelSeparator");
  const part = sibling(source, "part");
  const labels = sibling(source, "labels");
  const isExtent = (value: unknown) => typeof value === "number" && value >= 1;
  const isSize = Array.isArray(size) && size.length === 2 && size.every(isExtent);
  return {
    ...(isSize ? { size: [size[0], size[1]] } : {}),
    ...(channels === 1 || channels === 3 ? { channels } : {}),
    ...(isColumn(path) ? { path } : {}),
    ...(typeof root === "string" && root.trim() !== "" ? { root } : {}),
    ...(areColumns(label) ? { label } : {}),
    ...(typeof labelSeparator === "string" ? { labelSeparator } : {}),
    ...(isUnlabelled ? { isUnlabelled } : {}),
    ...(part === "train" || part === "test" ? { part } : {}),
    ...(labels === "fine" || labels === "coarse" ? { labels } : {}),
  };
}

function parquetOf(source: Node | undefined, isUnlabelled: boolean): ParquetQuery {
  const { size, channels } = imagesOf(source, false);
  const label = sibling(source, "label");
  const labelSeparator = sibling(source, "labelSeparator");
  const image = sibling(source, "image");
  const features = sibling(source, "type") === "text" ? textColumnsOf(source) : sibling(source, "features");
  return {
    ...(size ? { size } : {}),
    ...(channels ? { channels } : {}),
    ...(areColumns(label) ? { label } : {}),
    ...(typeof labelSeparator === "string" ? { labelSeparator } : {}),
    ...(isUnlabelled ? { isUnlabelled } : {}),
    ...(typeof image === "string" ? { image } : {}),
    ...(Array.isArray(features) && features.every(isFeature) ? { features } : {}),
  };
}

const sibling = (object: Node | undefined, key: string): unknown =>
  dataOf(properties(object).find((property) => keyOf(property) === key)?.children?.[1]);

/** `./a/../b.onnx` and `b.onnx` are the same file. Works on the text alone, with either kind of slash. */
export function normalised(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "." || (part === "" && parts.length > 0)) continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}
