import { dirname } from "node:path";
import type { RawSample } from "../data/rawSample.ts";
import type { ExportedModel } from "../engine/train/exportModel.ts";
import { type Problem, problem } from "../problem.ts";
import { makeFolders } from "../runs/durable.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";
import { toOutput } from "../runs/runError.ts";
import { writeSealedFile } from "../runs/sealedFolder.ts";
import { pageFiles } from "../studentPage/pageFiles.ts";
import { studentPage } from "../studentPage/pageHtml.ts";
import { readPage } from "../studentPage/readPage.ts";
import { shown } from "../terminal/shownPath.ts";
import { table } from "../terminal/wording.ts";

interface PageExport {
  readonly exported: ExportedModel;
  readonly samples: RawSample | undefined;
  readonly file: string;
}

/** Writes a page with the student. @returns lines about it */
export async function exportPage(
  run: RunDirectory,
  { exported, samples, file }: PageExport,
): Promise<readonly string[] | { readonly problem: Problem }> {
  if (samples === undefined)
    return problem(
      "page-samples",
      `${run.id} is of an earlier version, which did not keep what its samples are.`,
      "Run the experiment again, or export it as ONNX.",
    );
  const files = await pageFiles();
  if ("problem" in files) return files;
  const { content, tokenizer } = await readPage(run, { exported, samples });
  const model = exported.files["model.onnx"] as Uint8Array;
  const html = studentPage({ ...files, content, tokenizer, model });
  await toOutput(async () => {
    makeFolders(dirname(file));
    await writeSealedFile(file, html);
  });
  const { samples: stored, split, notes } = content;
  const sized = (bytes: number) =>
    bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(2)} MB`;
  const rows = [
    [
      "size",
      `${sized(Buffer.byteLength(html))} in one file, with ONNX Runtime and a student of ${sized(model.length)}`,
    ],
    ["open", `${shown(file)}, from the disk or any server; it loads nothing else and sends nothing`],
    ...(stored.length > 0
      ? [["samples", `${stored.length} of the ${split} split, with what the run's networks said`]]
      : []),
    ...notes.map((note) => ["note", note]),
  ];
  return table(rows.map(([name, text]) => [`  ${name}`, text as string]));
}
