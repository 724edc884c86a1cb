import type { ResolvedSavedModelTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { EngineError } from "../../../engineError.ts";
import { folder } from "../../../parameters/parameter.ts";
import { type Problem, problem } from "../../../problem.ts";
import { failedBy } from "../context.ts";
import { fileParameters, portParameters } from "./arguments.ts";
import type { ModelRuntime } from "./modelRuntime.ts";
import { openFittingModel } from "./onnxFile.ts";
import type { TeacherContext, TeacherType } from "./teacherType.ts";

export const savedModelTeacher: TeacherType<ResolvedSavedModelTeacher> = {
  description:
    "A network in the folder of a TensorFlow SavedModel, as `model.export(folder)` of Keras writes it. TensorFlow runs it, which `distill engine install tensorflow` installs, whatever engine trains the student.",
  parameters: {
    path: folder("The folder with saved_model.pb.", "teacher"),
    ...portParameters,
    ...fileParameters,
  },
  isOfLayers: false,
  async open(spec, opening, context) {
    const runtime = await runtimeFor(context);
    return "problem" in runtime ? failedBy(runtime) : openFittingModel(spec, opening, context, runtime);
  },
};

async function runtimeFor({
  load,
  threads,
}: Pick<TeacherContext, "load" | "threads">): Promise<ModelRuntime | { readonly problem: Problem }> {
  const { openSavedModel, savedModelEngine, savedModelTrial } = await import(
    "../../native/tensorflow/savedModel.ts"
  );
  try {
    const engine = await savedModelEngine(load);
    return {
      format: "savedModel",
      name: "TensorFlow",
      hint: "Export it again, with operations of TensorFlow itself.",
      open: async (folder, model) => openSavedModel(engine, { ...model, folder }, threads),
      trial: (folder, model) => savedModelTrial(engine, { ...model, folder }),
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const isMissing = error.code === "not-installed";
    return problem(
      isMissing ? "engine-missing" : "engine-broken",
      isMissing
        ? "The teacher is a SavedModel, which TensorFlow runs, and TensorFlow is not installed."
        : `The teacher is a SavedModel, which TensorFlow runs, and TensorFlow does not work: ${error.message}`,
      isMissing ? "distill engine install tensorflow" : error.hint,
    );
  }
}
