import { basename, resolve } from "node:path";
import type { ResolvedExperimentTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { retrainHint } from "../../../nets/otherOutputs.ts";
import { file } from "../../../parameters/parameter.ts";
import { classOrder } from "../classOrder.ts";
import { failedBy } from "../context.ts";
import { readNet } from "../nets.ts";
import { netTeacher } from "../netTeacher.ts";
import { unsupported } from "../trainable.ts";
import { outputMismatch } from "./classes.ts";
import { missingLayerOf } from "./missingLayer.ts";
import type { TeacherType } from "./teacherType.ts";

export const experimentTeacher: TeacherType<ResolvedExperimentTeacher> = {
  description:
    "The student of another experiment, as a teacher assistant (Mirzadeh et al. 2020) or an earlier generation of the same network (Furlanello et al. 2018). A completed run of that experiment with the same settings and files is used if there is one; else it is trained first, as a separate run.",
  hint: "The student of another experiment, trained first.",
  parameters: {
    path: file(
      "The experiment file. Its student sees samples normalised as in its own training.",
      [".distill.json"],
      "assistant.distill.json",
    ),
  },
  isOfLayers: true,
  async open({ path }, { train, classes, batchSizes, taps }, { baseDirectory, load, threads, studentOf }) {
    const found = await studentOf(resolve(baseDirectory, path));
    if (found.ending !== "completed") return found;
    const { model, normalize, classNames, run, learnedFrom } = found.result;
    const read = await readNet(model, train);
    if ("problem" in read) return failedBy(read);
    const { net, weights, card } = read;
    const obstacle =
      outputMismatch(net.outputShape, train, { student: classes, hint: retrainHint }) ??
      classOrder("The teacher", card.classNames ?? classNames, train) ??
      missingLayerOf(net, taps) ??
      unsupported("teacher", net, "evaluated");
    if (obstacle !== undefined) return failedBy(obstacle);
    const outputs = "logits";
    const { task } = train;
    const teacher = await netTeacher(read, weights, {
      load,
      threads,
      batchSizes,
      taps,
      normalize,
      outputs,
      task,
    });
    return {
      ending: "completed",
      result: { ...teacher, learnedFrom, reading: `The student of ${basename(path)}, of run ${run}.` },
    };
  },
};
