import { resolve } from "node:path";
import type { ResolvedExperiment } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../../data/normalize.ts";
import { isProblem as isDataProblem } from "../../../data/problem.ts";
import type { Provenance } from "../../../data/provenance.ts";
import type { Samples } from "../../../data/samples.ts";
import type { NamedData } from "../../program.ts";
import { classOrder } from "../classOrder.ts";
import { type Ending, failed, type TrainContext } from "../context.ts";
import { type OpenedNet, readNet } from "../nets.ts";
import { netTeacher } from "../netTeacher.ts";
import { asProblem } from "../prepare.ts";
import type { Teacher } from "../teacher.ts";
import { fedAsTrained } from "../teacherDoubts.ts";
import { unsupported } from "../trainable.ts";
import { classMismatch, outputMismatch } from "./classes.ts";
import { missingLayer } from "./missingLayer.ts";
import { openOnnxTeacher } from "./onnx.ts";
import { type Lesson, lessonOf, ownNormalize } from "./trained.ts";

export interface OpenTeacherOptions {
  readonly train: Samples;
  /** Of the student: the teacher has to tell the same ones apart. Absent: no fewer than the samples have. */
  readonly classes?: number;
  /** What the student sees. */
  readonly normalize: ResolvedNormalize;
  /** How many samples at once it will be asked for. */
  readonly batchSizes: readonly number[];
  /** Layers of the teacher that losses look at. */
  readonly taps?: readonly string[];
}

/** What opening a teacher takes of the world around it. */
export interface TeacherContext
  extends Pick<TrainContext, "baseDirectory" | "load" | "threads">,
    Partial<Pick<TrainContext, "stopRequested">> {
  /** Weights of a teacher that the experiment describes: trained now, or found again. */
  readonly learn: (lesson: Lesson) => Promise<Ending<NamedData>>;
}

/** Brings the experiment's teacher into the room: opened from its file, or trained first. */
export async function openTeacher(
  spec: NonNullable<ResolvedExperiment["teacher"]>,
  { train, classes, normalize, batchSizes, taps = [] }: OpenTeacherOptions,
  { baseDirectory, load, threads, learn, stopRequested }: TeacherContext,
): Promise<Ending<Teacher>> {
  const own = ownNormalize(spec, train);
  if (own !== undefined && isDataProblem(own)) return ended(asProblem(own));
  const options = {
    load,
    threads,
    batchSizes,
    taps,
  };
  const asTeacher = async (
    opened: OpenedNet,
    weights: NamedData,
    { normalize = own, outputs = spec.outputs } = {},
  ): Promise<{ readonly ending: "completed"; readonly result: Teacher }> => ({
    ending: "completed",
    result: await netTeacher(opened, weights, { ...options, normalize, outputs }),
  });
  const missing = ({ net: { layers } }: OpenedNet) =>
    missingLayer(
      taps,
      layers.map(({ name }) => name),
    );

  switch (spec.type) {
    case "onnx": {
      const path = resolve(baseDirectory, spec.path);
      const at = {
        path,
        sample: train.shape,
        samples: train,
        threads,
        normalize: own,
        shared: normalize,
        taps,
        stopRequested,
      };
      const teacher = await openOnnxTeacher(spec, at);
      if ("problem" in teacher && stopRequested?.()) return { ending: "stopped", step: 0 };
      if ("problem" in teacher) return ended(teacher);
      const unequal = classMismatch(teacher.classes, train, classes);
      if (unequal === undefined)
        return { ending: "completed", result: await fedAsTrained(teacher, train, normalize) };
      await teacher.dispose();
      return ended(unequal);
    }
    case "tfjs": {
      const read = await readNet(resolve(baseDirectory, spec.path), train.shape);
      if ("problem" in read) return ended(read);
      const unequal =
        outputMismatch(read.net.outputShape, train, classes) ??
        classOrder("The teacher", read.card.classNames, train);
      if (unequal !== undefined) return ended(unequal);
      const obstacle = missing(read) ?? unsupported("teacher", read.net, "evaluated");
      if (obstacle !== undefined) return ended(obstacle);
      const teacher = await asTeacher(read, read.weights, {
        normalize: own ?? read.card.normalize,
        // What an export has behind its network is not read with it.
        outputs: read.card.output === undefined ? spec.outputs : "logits",
      });
      return { ...teacher, result: await fedAsTrained(teacher.result, train, normalize) };
    }
    case "layers": {
      const lesson = lessonOf(spec, { train, normalize, classes });
      if ("problem" in lesson) return ended(lesson);
      const absent = missing(lesson.described);
      if (absent !== undefined) return ended(absent);
      const learned = await learn(lesson);
      return learned.ending === "completed" ? asTeacher(lesson.described, learned.result) : learned;
    }
  }
}

/** What a run keeps of its teacher, to know it again. */
export const teacherRecord = (
  { type }: NonNullable<ResolvedExperiment["teacher"]>,
  { hash }: Teacher,
): NonNullable<Provenance["teacher"]> => ({ hash, from: type === "layers" ? "trained" : "file" });

const ended = ({
  problem: { code, message, hint },
}: {
  problem: { code: string; message: string; hint?: string };
}) => failed(code, message, hint);
