import type { ResolvedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../../data/normalize.ts";
import type { StorageChoice } from "../../../data/placement.ts";
import type { Samples } from "../../../data/samples.ts";
import type { Entry, Kind } from "../../../parameters/kind.ts";
import type { NamedData } from "../../program.ts";
import type { Ending, TrainContext } from "../context.ts";
import type { Teacher } from "../teacher.ts";
import type { TeacherFit } from "./trained.ts";

/** A teacher of the experiment file, one or a kind of several: its parameters and how to open it. */
export type TeacherType<S extends ResolvedTeacher = ResolvedTeacher> = (Entry | Kind) & {
  /** Whether it can be part of a step's graph, frozen: it is made of layers. */
  readonly isOfLayers: boolean;
  readonly open: (spec: S, options: Opening, context: TeacherContext) => Promise<Ending<Teacher>>;
};

export interface OpenTeacherOptions {
  readonly train: Samples;
  /** The student's number of classes, which the teacher must share. Absent: at least as many as the samples have. */
  readonly classes?: number;
  /** The student's preprocessing. */
  readonly normalize: ResolvedNormalize;
  /** Batch sizes it will run with. */
  readonly batchSizes: readonly number[];
  /** Layers of the teacher that losses read. */
  readonly taps?: readonly string[];
  /** Where stored outputs lie; absent: as there is memory. */
  readonly storage?: StorageChoice | undefined;
}

export interface Opening extends OpenTeacherOptions {
  readonly taps: readonly string[];
  /** Opens another teacher in the same way: a member of an ensemble. */
  readonly other: (spec: ResolvedTeacher) => Promise<Ending<Teacher>>;
  /** The teacher's own preprocessing, if the experiment sets one. */
  readonly own: ResolvedNormalize | undefined;
}

/** Services that opening a teacher needs. */
export interface TeacherContext
  extends Pick<TrainContext, "baseDirectory" | "load" | "threads">,
    Partial<Pick<TrainContext, "stopRequested">> {
  /** Where stored outputs are kept that do not fit into memory; absent: they are not. */
  readonly cacheDirectory?: string | undefined;
  /** Weights of a teacher that the experiment describes: found in the cache, else trained now. */
  readonly learn: (fit: TeacherFit) => Promise<Ending<NamedData>>;
  /** The student of another experiment: found, else trained now. @param file absolute */
  readonly studentOf: TrainContext["studentOf"];
}
