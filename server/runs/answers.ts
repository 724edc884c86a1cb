import { createHash } from "node:crypto";
import { join } from "node:path";
import { otherSum } from "../data/checksums.ts";
import { isNetwork } from "../statistics/networkWords.ts";
import { type SplitAnswers, type SplitOutputs, withNetworksInOrder } from "../statistics/splitAnswers.ts";
import type { Answers } from "../tasks/task.ts";
import { taskNames, taskOf } from "../tasks/tasks.ts";
import { writeFileDurably } from "./durable.ts";
import { readOwnFile } from "./ownFile.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "./safetensors.ts";
import { damaged } from "./sealedFolder.ts";

/**
 * Predictions of each network of a run: `predictions.safetensors`, a tensor of classes per network and one of labels, one byte
 * per sample where classes fit, and of the probability that the network gives its class; of another task a tensor of what it keeps
 * of each sample, what each output should be and, for each network, what it is. Split and hash of the samples are in its metadata.
 */
const name = "predictions.safetensors";

/** A hundred million samples. */
const mostBytes = 2 ** 30;

/** More outputs than these, of all networks together, are not kept: who looks at samples asks the networks again. */
const mostOutputBytes = 2 ** 28;

export async function writeAnswers(
  run: string,
  { split, samples, task, classes, labels, answers, confidence = {}, outputs }: SplitAnswers,
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
  const sure = Object.entries(confidence).map(([network, data]): [string, StoredTensor] => [
    confidencePrefix + network,
    { dtype: "float32", shape: [data.length], data },
  ]);
  const kept = outputs && bytesOf(outputs) <= mostOutputBytes ? outputs : undefined;
  const outputTensor = (name: string, data: Float32Array): [string, StoredTensor] => [
    name,
    { dtype: "float32", shape: [data.length / classes, classes], data },
  ];
  const given = Object.entries(kept?.given ?? {}).map(([network, data]) =>
    outputTensor(outputPrefix + network, data),
  );
  const columns = [
    ...Object.entries({ labels, ...answers }).map(([column, values]) => [column, tensor(values)]),
    ...sure,
    ...(kept ? [outputTensor(targetsName, kept.targets)] : []),
    ...given,
  ];
  const content = {
    tensors: Object.fromEntries(columns),
    metadata: {
      ...{ split, samples, ...(task ? { task } : {}), classes: String(classes) },
      ...(kept?.threshold === undefined ? {} : { threshold: [kept.threshold].flat().join() }),
    },
  };
  const metadata = { ...content.metadata, [sumKey]: sumOf(content) };
  await writeFileDurably(join(run, name), encodeSafetensors(content.tensors, metadata));
}

const confidencePrefix = "confidence.";
const outputPrefix = "outputs.";
const targetsName = "targets";

const bytesOf = ({ targets, given }: SplitOutputs): number =>
  targets.byteLength * (1 + Object.keys(given).length);

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
  const { labels: known, [targetsName]: targets, ...others } = tensors;
  const labels = Int32Array.from(known?.data ?? []);
  const columns = Object.entries(others);
  const answers = Object.fromEntries(
    columns
      .filter(([column]) => isNetwork(column))
      .map(([column, { data }]) => [column, task ? Float32Array.from(data) : Int32Array.from(data)]),
  );
  const after = (prefix: string) =>
    Object.fromEntries(
      columns
        .filter(([column]) => column.startsWith(prefix))
        .map(([column, { data }]) => [column.slice(prefix.length), floats(data)]),
    );
  const confidence = after(confidencePrefix);
  const threshold = thresholdIn(metadata["threshold"]);
  const read: SplitAnswers = {
    split: metadata["split"] === "test" ? "test" : "validation",
    samples: String(metadata["samples"] ?? ""),
    ...(task ? { task } : {}),
    classes: Number(metadata["classes"]),
    labels,
    answers,
    ...(task === undefined && Object.keys(confidence).length > 0 ? { confidence } : {}),
    ...(task !== undefined && targets
      ? {
          outputs: {
            targets: floats(targets.data),
            given: after(outputPrefix),
            ...(threshold === undefined ? {} : { threshold }),
          },
        }
      : {}),
  };
  const why = mistakeIn(read, known !== undefined);
  if (why !== undefined) throw damaged(`${path} ${why}.`, "Restore the file from a copy.");
  return withNetworksInOrder(read);
}

const floats = (data: StoredTensor["data"]): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

/** One for all labels, or one each, behind commas. */
function thresholdIn(text: string | undefined): number | number[] | undefined {
  const found = text?.split(",").map((one) => (one.trim() === "" ? Number.NaN : Number(one)));
  if (!found?.every((share) => share >= 0 && share <= 1)) return undefined;
  return found.length === 1 ? found[0] : found;
}

/** More than any data has; a matrix of them is made of those that occur. */
const mostClasses = 1_000_000;

function mistakeIn(
  { task, classes, labels, answers, confidence = {}, outputs }: SplitAnswers,
  isLabelled: boolean,
): string | undefined {
  const each = taskOf(task).answers;
  if (!isLabelled || !Object.values(answers).every(({ length }) => length === each * labels.length))
    return "has different numbers of predictions and labels";
  if (!Number.isFinite(classes)) return "does not say how many classes there are";
  if (!(Number.isSafeInteger(classes) && classes > 0 && classes <= mostClasses))
    return `has ${classes} classes`;
  for (const [what, values] of Object.entries({ targets: outputs?.targets, ...outputs?.given }))
    if (values && values.length !== labels.length * classes)
      return `has ${values.length} values of ${what}, expected ${labels.length} × ${classes}`;
  if (task !== undefined) return undefined;
  const isClass = (value: number) => value < classes;
  if (!labels.every(isClass)) return `has a label that is not one of its ${classes} classes`;
  for (const [network, given] of Object.entries(answers))
    if (!given.every((value: number) => value >= 0 && isClass(value)))
      return `has a prediction of ${network} that is not one of its ${classes} classes`;
  for (const [network, sure] of Object.entries(confidence)) {
    if (!isNetwork(network) || answers[network]?.length !== sure.length)
      return `has probabilities of ${network}, and not as many predictions`;
    if (sure.some((value) => value < 0 || value > 1))
      return `has a probability of ${network} that is not between 0 and 1`;
  }
  return undefined;
}
