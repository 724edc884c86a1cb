import type { ImagesQuery } from "../../fileQuery.ts";
import { allFiles, classesOfFolders, filesOnDisk, listClassFolders } from "../classFolders.ts";
import { openBytes } from "../formats/bytes.ts";
import { readLines } from "../formats/text.ts";
import type { DataProblem } from "../problem.ts";
import { LabelCollector } from "../tables/labelCollector.ts";
import { textFiles, utf8 } from "../text/textFiles.ts";
import type { DescribeHint, ImagesDescription, LinesDescription } from "./description.ts";
import { labelFacts, mostBytes, unpackedBytes } from "./table.ts";

/** A folder of texts: how many there are, and of which classes. */
export async function describeTextFolder(
  folder: string,
  { isUnlabelled }: ImagesQuery,
): Promise<ImagesDescription | DataProblem> {
  const found = await listClassFolders(folder, textFiles);
  if ("code" in found) return found;
  const paths = allFiles({ ...found, ...(!isUnlabelled && { loose: [] }) });
  const names = found.classes.map(({ name }) => name);
  const classes = isUnlabelled ? undefined : classesOfFolders(folder, names, {});
  if (classes && "code" in classes) return classes;
  const { folders } = await filesOnDisk(folder, { all: paths, used: [] });
  return {
    kind: "images",
    format: "images",
    bytes: 0,
    count: paths.length,
    ...(classes && { classes: names.length, ...(names.length > 0 && { classNames: names }) }),
    folders,
  };
}

/** A file with a text or a label a line. */
export async function describeLines(
  file: string,
  { labels: areLabels = false, task }: DescribeHint,
): Promise<Omit<LinesDescription, "bytes"> | DataProblem> {
  const facts = { kind: "lines", format: "lines" } as const;
  if ((await unpackedBytes(file)) > mostBytes) return facts;
  const bytes = await openBytes(file);
  if ("code" in bytes) return bytes;
  try {
    const labels = new LabelCollector([0], { columns: [{ name: "label" }] });
    let count = 0;
    for await (const next of readLines(bytes, utf8)) {
      if ("code" in next) return next;
      labels.add({ cells: [next.text.trim()] }, { row: next.line - 1, isUsed: true });
      count++;
    }
    if (!areLabels) return { ...facts, count };
    const found = labelFacts(labels, { file, task });
    return "code" in found ? found : { ...facts, count, ...found };
  } finally {
    await bytes.close();
  }
}
