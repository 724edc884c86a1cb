import { resolve } from "node:path";
import type { ResolvedExperiment } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../../data/normalize.ts";
import { resolveNormalize } from "../../../data/normalize.ts";
import { isProblem as isDataProblem } from "../../../data/problem.ts";
import type { Samples } from "../../../data/samples.ts";
import { buildNet, type Net } from "../../nets/net.ts";
import { type Ending, failed, type TrainContext } from "../context.ts";
import { evaluationBatch } from "../evaluation.ts";
import { layersOf, netProblem, readNet } from "../nets.ts";
import { netTeacher } from "../netTeacher.ts";
import { asProblem } from "../prepare.ts";
import type { Teacher } from "../teacher.ts";
import { openOnnxTeacher } from "./onnx.ts";
import { trainedTeacher } from "./trained.ts";

export interface OpenTeacherOptions {
  readonly train: Samples;
  /** What the student sees. */
  readonly normalize: ResolvedNormalize;
  /** Batch sizes of the student's training, for a teacher that has to keep up with it. */
  readonly batchSizes: readonly number[];
}

/** Brings the experiment's teacher into the room: opened from its file, or trained first. */
export async function openTeacher(
  spec: NonNullable<ResolvedExperiment["teacher"]>,
  { train, normalize, batchSizes }: OpenTeacherOptions,
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
  const asTeacher = async (
    net: Net,
    weights: Parameters<typeof netTeacher>[1],
  ): Promise<Ending<Teacher>> => ({
    ending: "completed",
    result: await netTeacher(net, weights, options),
  });

  switch (spec.type) {
    case "onnx": {
      const path = resolve(context.baseDirectory, spec.path);
      const teacher = await openOnnxTeacher(spec, { path, sample: train.shape, threads, normalize: own });
      return "problem" in teacher ? ended(teacher) : { ending: "completed", result: teacher };
    }
    case "tfjs": {
      const read = await readNet(resolve(context.baseDirectory, spec.path), train.shape);
      return "problem" in read ? ended(read) : asTeacher(read.net, read.weights);
    }
    case "layers": {
      const net = buildNet(layersOf(spec, train), train.shape);
      if ("problems" in net) return ended(netProblem("teacher", net.problems));
      const trained = await trainedTeacher({ spec, net, train, normalize: own ?? normalize }, context);
      return trained.ending === "completed" ? asTeacher(net, trained.result) : trained;
    }
  }
}

const ended = ({
  problem: { code, message, hint },
}: {
  problem: { code: string; message: string; hint?: string };
}) => failed(code, message, hint);
