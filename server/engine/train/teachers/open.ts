import { resolve } from "node:path";
import type { ResolvedExperiment } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../../data/normalize.ts";
import { resolveNormalize } from "../../../data/normalize.ts";
import { isProblem as isDataProblem } from "../../../data/problem.ts";
import type { Samples } from "../../../data/samples.ts";
import type { Net } from "../../nets/net.ts";
import type { NamedData } from "../../program.ts";
import { type Ending, failed, type TrainContext } from "../context.ts";
import { evaluationBatch } from "../evaluation.ts";
import { describedNet, layersOf, type OpenedNet, readNet } from "../nets.ts";
import { netTeacher } from "../netTeacher.ts";
import { asProblem } from "../prepare.ts";
import { type Problem, problem } from "../problem.ts";
import type { Teacher } from "../teacher.ts";
import { openOnnxTeacher } from "./onnx.ts";
import { trainedTeacher } from "./trained.ts";

export interface OpenTeacherOptions {
  readonly train: Samples;
  /** Of the student: the teacher has to tell the same ones apart. */
  readonly classes: number;
  /** What the student sees. */
  readonly normalize: ResolvedNormalize;
  /** Batch sizes of the student's training, for a teacher that has to keep up with it. */
  readonly batchSizes: readonly number[];
}

/** Brings the experiment's teacher into the room: opened from its file, or trained first. */
export async function openTeacher(
  spec: NonNullable<ResolvedExperiment["teacher"]>,
  { train, classes, normalize, batchSizes }: OpenTeacherOptions,
  context: TrainContext,
): Promise<Ending<Teacher>> {
  const { load, threads } = context;
  const own =
    spec.normalize && resolveNormalize(spec.normalize, train.shape.at(-1) ?? 1, "teacher.normalize");
  if (own !== undefined && isDataProblem(own)) return ended(asProblem(own));
  const options = {
    load,
    threads,
    batchSizes: [evaluationBatch, ...batchSizes],
    normalize: own,
    outputs: spec.outputs,
  };
  const asTeacher = async (opened: OpenedNet, weights: NamedData): Promise<Ending<Teacher>> => ({
    ending: "completed",
    result: await netTeacher(opened, weights, options),
  });

  switch (spec.type) {
    case "onnx": {
      const path = resolve(context.baseDirectory, spec.path);
      const at = { path, sample: train.shape, threads, normalize: own, shared: normalize };
      const teacher = await openOnnxTeacher(spec, at);
      if ("problem" in teacher) return ended(teacher);
      const unequal = classMismatch(teacher.classes, classes);
      if (unequal === undefined) return { ending: "completed", result: teacher };
      await teacher.dispose();
      return ended(unequal);
    }
    case "tfjs": {
      const read = await readNet(resolve(context.baseDirectory, spec.path), train.shape);
      if ("problem" in read) return ended(read);
      const unequal = outputMismatch(read.net, classes);
      if (unequal !== undefined) return ended(unequal);
      return asTeacher(read, read.weights);
    }
    case "layers": {
      const described = describedNet("teacher", layersOf(spec, train), train.shape);
      if ("problem" in described) return ended(described);
      const unequal = outputMismatch(described.net, classes);
      if (unequal !== undefined) return ended(unequal);
      const lesson = { spec, net: described.net, train, normalize: own ?? normalize };
      const trained = await trainedTeacher(lesson, context);
      return trained.ending === "completed" ? asTeacher(described, trained.result) : trained;
    }
  }
}

function outputMismatch({ outputShape }: Net, classes: number): { problem: Problem } | undefined {
  const [own] = outputShape;
  if (outputShape.length === 1 && own !== undefined) return classMismatch(own, classes);
  return problem("class-count", `The teacher gives [${outputShape.join(", ")}]; [${classes}] was expected.`);
}

const classMismatch = (own: number, classes: number) =>
  own === classes
    ? undefined
    : problem("class-count", `The teacher tells ${own} classes apart, the student ${classes}.`);

const ended = ({
  problem: { code, message, hint },
}: {
  problem: { code: string; message: string; hint?: string };
}) => failed(code, message, hint);
