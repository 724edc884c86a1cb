import { type InlayHint, InlayHintKind } from "vscode-languageserver-types";
import { counted, grouped } from "../grouped.ts";
import { taskOf } from "../tasks/tasks.ts";
import type { Span } from "./finding.ts";
import { endOf } from "./insert.ts";
import { stageDuration } from "./model/duration.ts";
import { fileWeightsOf } from "./model/fileWeights.ts";
import { layersOf } from "./model/layers.ts";
import type { Model } from "./model/model.ts";
import type { NetModel } from "./model/net.ts";
import { member } from "./model/values.ts";
import { shapeText } from "./numbers.ts";

/** Values that follow from the text: shapes and sizes of layers, steps of an epoch. */
export function inlayHints(model: Model, within: Span): InlayHint[] {
  return [...hints(model)]
    .filter(({ at }) => at >= within.offset && at <= endOf(within))
    .sort((a, b) => a.at - b.at)
    .map(({ at, text, tooltip }) => ({
      position: model.parsed.document.positionAt(at),
      label: text,
      kind: InlayHintKind.Type,
      paddingLeft: true,
      tooltip,
    }));
}

/** The steps of each stage, where they follow from the text. */
function* stageHints({ stages, at, data }: Model): Generator<Hint> {
  let before: number | undefined = 0;
  for (const stage of stages) {
    const name = member(stage.node, "name");
    const steps = stageDuration(stage, at, data).totalSteps;
    if (name && steps !== undefined) {
      const from = before === undefined ? "" : ` ${grouped(before + 1)} to ${grouped(before + steps)}`;
      yield {
        at: endOf(name),
        text: counted(steps, "step"),
        tooltip: from === "" ? "Of this stage" : `Steps${from} of the run`,
      };
    }
    before = before === undefined || steps === undefined ? undefined : before + steps;
  }
}

interface Hint {
  readonly at: number;
  readonly text: string;
  readonly tooltip: string;
}

function* hints(model: Model): Generator<Hint> {
  const batchSize = model.at("data", "batchSize");
  const { stepsPerEpoch } = model.duration;
  if (batchSize && stepsPerEpoch !== undefined) {
    yield {
      at: endOf(batchSize),
      text: `${counted(stepsPerEpoch, "step")} an epoch`,
      tooltip: `${counted(model.data.trainCount ?? 0, "training sample")}${model.data.unlabelledCount ? `, ${grouped(model.data.unlabelledCount)} of them without labels,` : ""} in batches of ${model.data.batchSize}${model.data.accumulate > 1 ? `, ${model.data.accumulate} a step` : ""}`,
    };
  }
  yield* taskHint(model);
  yield* stageHints(model);
  for (const { node, planned } of layersOf(model)) {
    if (!planned) continue;
    const size = planned.parameterCount > 0 ? ` · ${counted(planned.parameterCount)}` : "";
    yield {
      at: endOf(node),
      text: `→ ${shapeText(planned.outputShape)}${size}`,
      tooltip: `Shape and size of \`${planned.name}\`, without the batch`,
    };
  }
  yield* fileWeightsHint(model);
  yield* presetSize(model.teacher, model);
  yield* presetSize(model.student, model);
}

/** How many layers take their weights from a file, and under which names. */
function* fileWeightsHint(model: Model): Generator<Hint> {
  const { file, match } = fileWeightsOf(model) ?? {};
  if (!file || !match || match.problems.length > 0) return;
  const pairs = Object.entries(match.pairs);
  yield {
    at: endOf(file.reference.node),
    text: `${match.weights.size} weights`,
    tooltip: pairs.map(([layer, module]) => `${layer} ← ${module || "the file"}`).join("\n"),
  };
}

/** What the labels are for, behind the source that has them, where the text does not say it. */
function* taskHint({ at, data: { train }, task }: Model): Generator<Hint> {
  if (at("task") || train?.task === undefined) return;
  const place = train.files.at(-1)?.reference.node;
  if (place)
    yield { at: endOf(place), text: `task: ${task}`, tooltip: `The labels are ${taskOf(task).labels}.` };
}

/** A preset's layers are not in the text; the hint after its name gives their parameters in all. */
function* presetSize(net: NetModel | undefined, { at }: Model): Generator<Hint> {
  if (!net || net.layers.length > 0 || net.parameters === undefined) return;
  const role = at("teacher") === net.node ? "teacher" : "student";
  const name = net.file?.reference.node ?? at(role, "preset");
  if (!name) return;
  yield { at: endOf(name), text: counted(net.parameters), tooltip: `Trained values of the ${role}` };
}
