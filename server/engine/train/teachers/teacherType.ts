import type { ResolvedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../../data/normalize.ts";
import type { Samples } from "../../../data/samples.ts";
import type { Entry, Kind } from "../../../parameters/kind.ts";
import type { NamedData } from "../../program.ts";
import type { Ending, TrainContext } from "../context.ts";
import type { Teacher } from "../teacher.ts";
import type { TeacherFit } from "./trained.ts";

/** A teacher as the experiment file knows it, one or a kind of several: what it takes, and how it is opened. */
export type TeacherType<S extends ResolvedTeacher = ResolvedTeacher> = (Entry | Kind) & {
  /** Whether it may be a part of a step's graph, frozen: it is made of layers. */
  readonly isOfLayers: boolean;
  readonly open: (spec: S, options: Opening, context: TeacherContext) => Promise<Ending<Teacher>>;
};

export interface OpenTeacherOptions {
  readonly train: Samples;
  /** Of the student: the teacher has to tell the same ones apart. Absent: no fewer than the samples have. */
  readonly classes?: number;
  /** What the student sees. */
  readonly normalize: ResolvedNormalize;
  /** Batch sizes that it will be run with. */
  readonly batchSizes: readonly number[];
  /** Layers of the teacher that losses read. */
  readonly taps?: readonly string[];
}

interface Opening extends OpenTeacherOptions {
  readonly taps: readonly string[];
  /** Opens another teacher in the same way: one of several. */
  readonly other: (spec: ResolvedTeacher) => Promise<Ending<Teacher>>;
  /** The teacher's own preprocessing, if the experiment gives it one. */
  readonly own: ResolvedNormalize | undefined;
}

/** What opening a teacher takes of the world around it. */
export interface TeacherContext
  extends Pick<TrainContext, "baseDirectory" | "load" | "threads">,
    Partial<Pick<TrainContext, "stopRequested">> {
  /** Weights of a teacher that the experiment describes: trained now, or found again. */
  readonly learn: (fit: TeacherFit) => Promise<Ending<NamedData>>;
  /** The student of another experiment: trained now, or found again. @param file absolute */
  readonly studentOf: TrainContext["studentOf"];
}
