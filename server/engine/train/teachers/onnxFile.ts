import { resolve } from "node:path";
import type { ResolvedOnnxTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { retrainHint } from "../../../nets/otherOutputs.ts";
import { file } from "../../../parameters/parameter.ts";
import { type Ending, failedBy } from "../context.ts";
import type { Teacher } from "../teacher.ts";
import { fedAsTrained } from "../teacherDoubts.ts";
import { fileParameters, portParameters } from "./arguments.ts";
import { classMismatch } from "./classes.ts";
import type { ModelRuntime } from "./modelRuntime.ts";
import { openModelTeacher } from "./onnx.ts";
import type { ModelTeacher } from "./onnxPorts.ts";
import type { Opening, TeacherContext, TeacherType } from "./teacherType.ts";

export const onnxTeacher: TeacherType<ResolvedOnnxTeacher> = {
  description: "A network in an ONNX file.",
  parameters: {
    path: file("The ONNX file.", [".onnx"], "teacher.onnx"),
    ...portParameters,
    ...fileParameters,
  },
  isOfLayers: false,
  open: (spec, opening, context) => openFittingModel(spec, opening, context),
};

/** Opens a model that is run as it is, where it fits the data. */
export async function openFittingModel(
  spec: ModelTeacher,
  { train, classes, normalize, own, taps }: Opening,
  { baseDirectory, threads, stopRequested }: TeacherContext,
  runtime?: ModelRuntime,
): Promise<Ending<Teacher>> {
  const teacher = await openModelTeacher(
    spec,
    {
      path: resolve(baseDirectory, spec.path),
      sample: train.shape,
      samples: train,
      threads,
      normalize: own,
      shared: normalize,
      taps,
      stopRequested,
    },
    runtime,
  );
  if ("problem" in teacher && stopRequested?.()) return { ending: "stopped", step: 0 };
  if ("problem" in teacher) return failedBy(teacher);
  const unequal = classMismatch(teacher.classes, train, {
    student: classes,
    hint: spec.type === "onnx" && teacher.learned === undefined ? retrainHint : undefined,
  });
  if (unequal === undefined)
    return { ending: "completed", result: await fedAsTrained(teacher, train, normalize) };
  await teacher.dispose();
  return failedBy(unequal);
}
