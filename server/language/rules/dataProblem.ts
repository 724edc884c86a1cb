import type { FileKind } from "../facts.ts";
import { error } from "../finding.ts";
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
    if (problem === undefined || isSaid(model)) return;
    const { code, message, path } = problem;
    const file = model.files.find(({ reference }) => reference.path === path)?.reference.node;
    const train = model.data.train?.node ?? model.root;
    yield { ...error(file ?? headOf(train), message), code };
  },
};

const isModel: ReadonlySet<FileKind> = new Set(["onnx", "tfjs"]);

const isSaid = (model: Model): boolean =>
  model.files.some(({ reference, knowledge }) => !isModel.has(reference.kind) && knowledge?.problem) ||
  fromHeaders.some((rule) => [...rule.check(model)].length > 0);
