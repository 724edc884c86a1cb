import type { ResolvedTrainedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { presetNets } from "../../../nets/presets/presets.ts";
import { layers } from "../../../nets/students.ts";
import type { Entry, Kind } from "../../../parameters/kind.ts";
import { constant, type Parameters } from "../../../parameters/parameter.ts";
import { failedBy } from "../context.ts";
import { netTeacher } from "../netTeacher.ts";
import { teacherParameters } from "./arguments.ts";
import { missingLayerOf } from "./missingLayer.ts";
import type { TeacherType } from "./teacherType.ts";
import { teacherFitOf } from "./trained.ts";
import { teacherTraining } from "./training.ts";

const type = constant("layers", "A network that is described here, trained first and then kept.");

const trained = (description: string, net: Parameters): Entry => ({
  description,
  parameters: { type, ...net, train: teacherTraining, ...teacherParameters },
});

/** Teachers that the experiment describes, by the same keys as a student. */
export const trainedTeacherKind: Kind = {
  name: "Teacher",
  prefix: "Trained",
  chosenBy: "keys",
  entries: {
    layers: trained("A trained teacher, layer by layer.", { layers }),
    ...Object.fromEntries(
      Object.entries(presetNets).map(([name, { description, parameters }]) => [
        name,
        trained(`${description} Trained first, as the teacher.`, parameters),
      ]),
    ),
  },
};

export const describedTeacher: TeacherType<ResolvedTrainedTeacher> = {
  ...trainedTeacherKind,
  isOfLayers: true,
  async open(spec, { train, classes, normalize, own, batchSizes, taps }, { load, threads, learn }) {
    const fit = teacherFitOf(spec, { train, normalize, classes });
    if ("problem" in fit) return failedBy(fit);
    const absent = missingLayerOf(fit.described.net, taps);
    if (absent !== undefined) return failedBy(absent);
    const learned = await learn(fit);
    if (learned.ending !== "completed") return learned;
    const { outputs } = spec;
    const result = await netTeacher(fit.described, learned.result, {
      load,
      threads,
      batchSizes,
      taps,
      normalize: own,
      outputs,
      task: train.task,
    });
    return { ending: "completed", result };
  },
};
