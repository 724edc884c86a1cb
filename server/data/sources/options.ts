import type { Source, UnlabelledSource } from "../../../schemas/experiment.gen.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import type { GivenClasses } from "../classNames.ts";
import type { ClassChoice } from "../exclusion.ts";
import type { Labelling } from "../labels.ts";
import type { StorageChoice } from "../placement.ts";
import type { Samples } from "../samples.ts";
import type { TextTime } from "../text/tokenizer.ts";

/** A source with the part that says the labels, or without. */
export type AnySource = Source | UnlabelledSource;

export interface LoadOptions {
  /** The training samples, when others are loaded beside them: same classes, same class names, same columns, same shape. */
  readonly like?:
    | Pick<
        Samples,
        "task" | "classes" | "classNames" | "featureNames" | "shape" | "columns" | "tokens" | "excluded"
      >
    | undefined;
  /** All classes, where the experiment says them. */
  readonly classes?: GivenClasses | undefined;
  /** Classes whose samples are left out; those of `like` are too. */
  readonly exclude?: readonly ClassChoice[] | undefined;
  /** Called after each image that is decoded: many take minutes. */
  readonly onImage?: ((done: number, count: number) => void) | undefined;
  /** Called while samples are read into the cache: many take minutes. */
  readonly onRead?: ((done: number, total: number) => void) | undefined;
  /** What the labels are for; absent: as they look, and as those of `like`. */
  readonly task?: TaskName | undefined;
  /** "all" when absent. */
  readonly labels?: Labelling | undefined;
  /** "memory" when absent. */
  readonly storage?: StorageChoice | undefined;
  /** Where decoded images, and what does not fit into memory, are kept; absent: they are not. */
  readonly cacheDirectory?: string | undefined;
  /** For all texts of an experiment; what takes longer is a problem, `too-slow`. Absent: texts may take long. */
  readonly textTime?: TextTime | undefined;
}
