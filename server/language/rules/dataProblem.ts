import type { Node } from "jsonc-parser";
import type { FileKind } from "../facts.ts";
import { error, type Fix, fix } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Model } from "../model/model.ts";
import { countMismatch } from "./countMismatch.ts";
import { emptySplit } from "./emptySplit.ts";
import { labelRange } from "./labelRange.ts";
import { noLabel } from "./noLabel.ts";
import { normalizeChannels } from "./normalizeChannels.ts";
import { oneClass } from "./oneClass.ts";
import type { Rule } from "./rule.ts";
import { sampleShape } from "./sampleShape.ts";

/** These rules report the same from file headers, at a better place and with a fix. */
const fromHeaders: readonly Rule[] = [
  countMismatch,
  emptySplit,
  labelRange,
  noLabel,
  normalizeChannels,
  oneClass,
  sampleShape,
];

/** Problems that the trainer reports when it reads the samples, under its code. */
export const dataProblem: Rule = {
  code: "data",
  *check(model) {
    const problem = model.samples?.problem;
    if (problem === undefined || isReported(model)) return;
    const { code, message, path } = problem;
    const file = model.files.find(({ reference }) => reference.path === path)?.reference.node;
    const train = model.data.train?.node ?? model.root;
    const exclude = ofExclude.includes(code) ? model.at("data", "exclude") : undefined;
    yield {
      ...error(exclude ?? file ?? headOf(train), message, ...imageFixes(code, file?.parent?.parent, model)),
      code,
    };
  },
};

/** What the list of classes to leave out is about. */
const ofExclude: readonly string[] = ["unknown-class", "exclude-task"];

/** Keys of a source of images for images that differ, or are broken. */
function imageFixes(code: string, source: Node | undefined, { data, parsed }: Model): Fix[] {
  const [height, width] = data.train?.shape ?? [];
  const keys: Readonly<Record<string, readonly [key: string, value: unknown]>> = {
    "image-size": ["size", [height, width]],
    "image-channels": ["channels", 3],
    "broken-images": ["onBroken", "skip"],
  };
  const [key, value] = keys[code] ?? [];
  if (source === undefined || key === undefined || (key === "size" && height === undefined)) return [];
  const text = JSON.stringify(value).replaceAll(",", ", ");
  return [fix(`Add "${key}": ${text}`, insertProperty(parsed.text, source, key, text))];
}

const isModel: ReadonlySet<FileKind> = new Set([
  "onnx",
  "onnx-student",
  "model-folder",
  "tfjs",
  "weights",
  "outputs",
  "experiment",
]);

const isReported = (model: Model): boolean =>
  model.files.some(({ reference, knowledge }) => !isModel.has(reference.kind) && knowledge?.problem) ||
  fromHeaders.some((rule) => [...rule.check(model)].length > 0);
