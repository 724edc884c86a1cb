import { createHash } from "node:crypto";
import { join } from "node:path";
import { otherSum } from "../data/checksums.ts";
import type { SplitAnswers } from "../statistics/splitAnswers.ts";
import type { Answers } from "../tasks/task.ts";
import { taskNames, taskOf } from "../tasks/tasks.ts";
import { writeFileDurably } from "./durable.ts";
import { readOwnFile } from "./ownFile.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "./safetensors.ts";
import { damaged } from "./sealedFolder.ts";

/**
 * Predictions of each network of a run: `predictions.safetensors`, a tensor of classes per network and one of labels, one byte
 * per sample where classes fit; of another task a tensor of what it keeps of each sample. Split and hash of the samples are in its metadata.
 */
const name = "predictions.safetensors";

/** A hundred million samples. */
const mostBytes = 2 ** 30;

export async function writeAnswers(
  run: string,
  { split, samples, task, classes, labels, answers }: SplitAnswers,
): Promise<void> {
  const isByte = task === undefined && classes <= 256 && labels.every((label) => label >= 0);
  const tensor = (values: Answers): StoredTensor => {
    if (values instanceof Float32Array)
      return {
        dtype: "float32",
        shape: [values.length / taskOf(task).answers, taskOf(task).answers],
        data: values,
      };
    return isByte
      ? { dtype: "uint8", shape: [values.length], data: Uint8Array.from(values) }
      : { dtype: "int32", shape: [values.length], data: values };
  };
  const columns = Object.entries({ labels, ...answers }).map(([column, values]) => [column, tensor(values)]);
  const content = {
    tensors: Object.fromEntries(columns),
    metadata: { split, samples, ...(task ? { task } : {}), classes: String(classes) },
  };
  const metadata = { ...content.metadata, [sumKey]: sumOf(content) };
  await writeFileDurably(join(run, name), encodeSafetensors(content.tensors, metadata));
}

/** SHA-256 of the file as it would be without it. */
const sumKey = "sha256";

const sumOf = ({ tensors, metadata }: Decoded): string =>
  createHash("sha256").update(encodeSafetensors(tensors, metadata)).digest("hex");

type Decoded = ReturnType<typeof decodeSafetensors>;

/**
 * Undefined where the run has none: it is not done, had no split to evaluate, or is of an older version. Throws a RunError
 * where the checksum does not match; earlier versions wrote none.
 */
export async function readAnswers(run: string): Promise<SplitAnswers | undefined> {
  const path = join(run, name);
  const bytes = await readOwnFile(path, mostBytes);
  if (bytes === undefined) return undefined;
  const { tensors, metadata: stored } = decodeSafetensors(bytes, path);
  const { [sumKey]: expected, ...metadata } = stored;
  const found = sumOf({ tensors, metadata });
  if (expected !== undefined && found !== expected)
    throw damaged(
      `${path} differs from what was written: ${otherSum(found, expected, "its header")}`,
      "Restore it from a copy, or run the experiment again.",
    );
  const task = taskNames.find((task) => task === metadata["task"]);
  const { labels: known, ...others } = tensors;
  const labels = known && Int32Array.from(known.data);
  const answers = Object.fromEntries(
    Object.entries(others).map(([column, { data }]) => [
      column,
      task ? Float32Array.from(data) : Int32Array.from(data),
    ]),
  );
  const each = taskOf(task).answers;
  const whole = Object.values(answers).every(({ length }) => length === each * (labels?.length ?? 0));
  if (labels === undefined || !whole)
    throw damaged(
      `${path} has different numbers of predictions and labels.`,
      "Restore the file from a copy.",
    );
  return {
    split: metadata["split"] === "test" ? "test" : "validation",
    samples: String(metadata["samples"] ?? ""),
    ...(task ? { task } : {}),
    classes: Number(metadata["classes"]),
    labels,
    answers,
  };
}
