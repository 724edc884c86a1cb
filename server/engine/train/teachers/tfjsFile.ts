import { resolve } from "node:path";
import type { ResolvedTfjsTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { retrainHint } from "../../../nets/otherOutputs.ts";
import { file } from "../../../parameters/parameter.ts";
import { classOrder } from "../classOrder.ts";
import { failedBy } from "../context.ts";
import { readNet } from "../nets.ts";
import { netTeacher } from "../netTeacher.ts";
import { fedAsTrained } from "../teacherDoubts.ts";
import { unsupported } from "../trainable.ts";
import { fileParameters } from "./arguments.ts";
import { outputMismatch } from "./classes.ts";
import { missingLayerOf } from "./missingLayer.ts";
import type { TeacherType } from "./teacherType.ts";

export const tfjsTeacher: TeacherType<ResolvedTfjsTeacher> = {
  description: "A TensorFlow.js layers model.",
  parameters: {
    path: file("The model.json; its weights lie beside it.", [".json"], "teacher/model.json"),
    ...fileParameters,
  },
  isOfLayers: true,
  async open(
    { path, outputs },
    { train, classes, normalize, own, batchSizes, taps },
    { baseDirectory, load, threads },
  ) {
    const read = await readNet(resolve(baseDirectory, path), train);
    if ("problem" in read) return failedBy(read);
    const { net, weights, card } = read;
    const obstacle =
      outputMismatch(net.outputShape, train, { student: classes, hint: retrainHint }) ??
      classOrder("The teacher", card.classNames, train) ??
      missingLayerOf(net, taps) ??
      unsupported("teacher", net, "evaluated");
    if (obstacle !== undefined) return failedBy(obstacle);
    const teacher = await netTeacher(read, weights, {
      load,
      threads,
      batchSizes,
      taps,
      task: train.task,
      normalize: own ?? card.normalize,
      // Layers that an export has after its network are not read with it.
      outputs: card.output === undefined ? outputs : "logits",
    });
    return { ending: "completed", result: await fedAsTrained(teacher, train, normalize) };
  },
};
