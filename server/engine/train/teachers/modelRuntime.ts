import type { ModelDescription } from "../../../data/descriptions/description.ts";
import { onnxTrial, type TrialRuntime } from "../../native/modelTrial.ts";
import { type OnnxModel, openOnnxModel } from "../../native/onnxModel.ts";

/** What runs the models of a format as they are. */
export interface ModelRuntime {
  readonly format: "onnx" | "savedModel";
  readonly name: string;
  /** What to do about a model that it cannot load. */
  readonly hint: string;
  readonly open: (
    path: string,
    model: ModelDescription,
    options: { readonly taps: readonly string[]; readonly threads: number | undefined },
  ) => Promise<OnnxModel>;
  readonly trial: (path: string, model: ModelDescription) => TrialRuntime;
}

export const onnxModels: ModelRuntime = {
  format: "onnx",
  name: "ONNX Runtime",
  hint: "Export it again, with operators that this version of ONNX Runtime has.",
  open(path, { outputs, operators }, { taps, threads }) {
    const inside = outputs.filter(({ isInside }) => isInside).map(({ name }) => name);
    return openOnnxModel(path, {
      taps: [...inside, ...taps],
      bypassMaps: "ZipMap" in operators,
      ...(threads === undefined ? {} : { threads }),
    });
  },
  trial: onnxTrial,
};
