import { command } from "../../protocol.ts";
import { type FileKind, type FileReference, namesFolder } from "../facts.ts";
import { type Fix, fix, fixBy, replace } from "../finding.ts";
import type { FileModel } from "../model/file.ts";

/** What to do where a file is not there: quick fixes of findings about it. */

export const isMissing = ({ knowledge }: Pick<FileModel, "knowledge">): boolean =>
  knowledge?.problem?.code === "missing-file";

const madeKinds: readonly FileKind[] = ["idx-images", "idx-labels", "csv", "npz", "tokenizer"];

/** Sample data can be made in its place: without columns or arrays that it would have to have. */
export function isMade({ kind, columns, arrays }: FileReference): boolean {
  if (kind === "csv")
    return columns?.features === undefined && (columns?.label === -1 || typeof columns?.label === "string");
  return madeKinds.includes(kind) && (kind !== "npz" || arrays !== undefined);
}

export const makeData = fixBy("Create sample data", command.createSampleData);

/** The client replaces the path, where that text still stands there. */
export function chooseFile({ path, node: { offset, length }, kind }: FileReference): Fix {
  const isFolder = namesFolder(kind);
  const title = `Choose a ${isFolder ? "folder" : "file"} for ${path}…`;
  return fixBy(title, command.chooseFile, { offset, length, isFolder });
}

/** At the path of one. */
export const missingFixes = (reference: FileReference): readonly Fix[] => [
  chooseFile(reference),
  ...(isMade(reference) ? [makeData] : []),
  ...teacherFixes(reference),
];

/** Of a teacher's file: how to come by one, and what does without it. */
export function teacherFixes({ at, node }: FileReference): readonly Fix[] {
  if (at[0] !== "teacher" || at.length !== 2) return [];
  const teacher = node.parent?.parent;
  return [
    fixBy("How to export a teacher", command.showTeacherGuide),
    ...(teacher ? [fix("Train a teacher instead", replace(teacher, trained))] : []),
  ];
}

const trained = `{ "type": "layers", "preset": "mlp", "hidden": [256, 256], "dropout": 0.2, "train": { "epochs": 20 } }`;
