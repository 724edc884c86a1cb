import { sizeOf } from "../../sizeOf.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import { toLabels } from "../arrayLabels.ts";
import { type ArrayHeader, checkSize, readArray } from "../formats/array.ts";
import { type ByteSource, openBytes, openFile } from "../formats/bytes.ts";
import { elementBytes } from "../formats/elements.ts";
import { readIdxHeader } from "../formats/idx.ts";
import { readNpyHeader } from "../formats/npy.ts";
import { openZipEntry, readZipDirectory } from "../formats/zip.ts";
import { mostShown, thumbnailsOf } from "../images/picture.ts";
import { noLabel } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import { taskPart } from "../sources/arrays.ts";
import { imageShape } from "../sources/idx.ts";
import { arrayName, missingArray } from "../sources/npz.ts";
import type { ArchiveDescription, ArrayDescription, DescribeHint, NamedArray } from "./description.ts";

/** Labels are read through to count their classes, up to this many bytes. */
const mostLabelBytes = 10_000_000;

/** More than an archive has; a damaged one may claim more. */
const mostArrays = 1000;

export async function describeArray(
  file: string,
  format: "idx" | "npy",
  { labels = false, task }: DescribeHint,
): Promise<Omit<ArrayDescription, "bytes"> | DataProblem> {
  const source = await openBytes(file);
  if ("code" in source) return source;
  try {
    const header = await (format === "idx" ? readIdxHeader : readNpyHeader)(source);
    if ("code" in header) return header;
    const problem = checkSize(source, header);
    if (problem) return problem;
    const facts = factsOf(header, format);
    if (!labels) return { kind: "array", format, ...facts, ...(await looksOf(source, header)) };
    const classes = await countClasses(source, header, task);
    if (classes && "code" in classes) return classes;
    return { kind: "array", format, ...facts, ...classes };
  } finally {
    await source.close();
  }
}

/** Lists the arrays of an archive; with `arrays` also describes the named ones as single files are described. */
export async function describeArchive(
  file: string,
  { arrays: requested, task }: DescribeHint,
): Promise<Omit<ArchiveDescription, "bytes"> | DataProblem> {
  const archive = await openFile(file);
  if ("code" in archive) return archive;
  try {
    const entries = await readZipDirectory(archive);
    if ("code" in entries) return entries;
    const arrays: NamedArray[] = [];
    const unread: string[] = [];
    let facts: Partial<ReturnType<typeof factsOf> & LabelFacts & Looks> = {};
    for (const entry of entries.slice(0, mostArrays)) {
      const source = await openZipEntry(archive, entry);
      if ("code" in source) return source;
      try {
        const name = arrayName(entry);
        const header = await readNpyHeader(source);
        if ("code" in header) {
          // Other files in an archive are ignored; the requested arrays must be readable.
          if (requested && (requested.features === name || requested.labels === name)) return header;
          if (header.code === "unsupported-dtype") unread.push(name);
          continue;
        }
        arrays.push({ name, dtype: header.type.kind, shape: header.shape });
        const problem = requested && checkSize(source, header);
        if (problem) return problem;
        if (requested?.features === name)
          facts = { ...facts, ...factsOf(header, "npy"), ...(await looksOf(source, header)) };
        if (requested?.labels === name) {
          const classes = await countClasses(source, header, task);
          if (classes && "code" in classes) return classes;
          facts = { ...facts, ...classes };
        }
      } finally {
        await source.close();
      }
    }
    const missing =
      requested &&
      [requested.features, requested.labels].find(
        (name) => name !== undefined && !arrays.some((array) => array.name === name),
      );
    if (missing !== undefined)
      return missingArray(
        file,
        arrays.map(({ name }) => name),
        missing,
      );
    return {
      kind: "archive",
      format: "npz",
      arrays,
      ...(unread.length > 0 && { unreadArrays: unread }),
      ...facts,
    };
  } finally {
    await archive.handle.close();
  }
}

function factsOf({ type, shape }: ArrayHeader, format: "idx" | "npy") {
  const [count = 1, ...own] = shape;
  const sample = own.length === 0 ? [1] : own;
  return { dtype: type.kind, count, shape: format === "idx" ? imageShape(sample) : sample };
}

type Looks = Pick<ArrayDescription, "thumbnails">;

/** Of larger samples no picture is made, so that the editor never waits for one. */
const mostShownBytes = 8_000_000;

/** What the first samples look like, where they may be images. @param source at the end of the header */
async function looksOf(source: ByteSource, header: ArrayHeader): Promise<Looks> {
  const { shape, type, columnMajor } = header;
  const [count = 0, ...own] = shape;
  const each = sizeOf(own) * elementBytes[type.kind];
  const rows = Math.min(mostShown, count, Math.floor(mostShownBytes / each));
  // Of an array in the order of its columns all would have to be read.
  if (columnMajor || own.length < 2 || rows < 1) return {};
  const values = await readArray(source, header, rows, "compact");
  if ("code" in values) return {};
  const thumbnails = thumbnailsOf(values, own);
  return thumbnails.length === 0 ? {} : { thumbnails };
}

interface LabelFacts {
  readonly task?: TaskName;
  readonly classes: number;
  readonly unlabelled?: number;
  readonly firstUnlabelled?: number;
}

async function countClasses(
  source: ByteSource,
  header: ArrayHeader,
  task: TaskName | undefined,
): Promise<LabelFacts | undefined | DataProblem> {
  const { shape, type } = header;
  if (shape.length === 0 || sizeOf(shape) * elementBytes[type.kind] > mostLabelBytes) return undefined;
  if (shape.length > 2) {
    const labels = toLabels(new Float64Array(0), shape, { file: source.file });
    return "code" in labels ? labels : undefined;
  }
  const values = await readArray(source, header, shape[0] as number, "exact");
  if ("code" in values) return values;
  const known = toLabels(values, shape, { file: source.file, labelling: "some", task });
  if ("code" in known) return known;
  const unlabelled = known.labels.filter((label) => label === noLabel).length;
  const firstUnlabelled = known.labels.indexOf(noLabel);
  return {
    ...taskPart(known.task),
    classes: known.classes,
    ...(unlabelled > 0 && { unlabelled, firstUnlabelled }),
  };
}
