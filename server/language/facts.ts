import type { JSONPath, Node } from "jsonc-parser";
import type { ModelFacts, SampleFacts, TokenizerFacts } from "../fileHeaders.ts";
import type { FileQuery, SourceKey } from "../fileQuery.ts";
import type { ExaminedNet, NetQuery } from "../modules/examined.ts";
import type { LayerSpec } from "../nets/shapes.ts";
import type { TensorFacts } from "../nets/tensorFile.ts";
import type { ModuleKind, Schema } from "../parameters/schema.ts";
import type { RunWarning } from "../protocol.ts";
import type { Softness } from "../statistics/softness.ts";
import type { DataSpec } from "./dataSpec.ts";

/** Kind of file that a path in an experiment names. */
export type FileKind =
  | "idx-images"
  | "idx-labels"
  | "csv"
  | "jsonl"
  | "npy-features"
  | "npy-labels"
  | "npy-mask"
  | "npz"
  | "image-folder"
  | "image-table"
  | "root-folder"
  | "cifar"
  | "parquet"
  | "text-folder"
  | "text-lines"
  | "text-labels"
  | "tokenizer"
  | "onnx"
  | "onnx-student"
  | "model-folder"
  | "tfjs"
  | "weights"
  | "outputs"
  | "experiment"
  | "run"
  | "module";

/** A path in an experiment, with what the experiment tells about the file. */
export interface FileReference extends FileQuery {
  readonly path: string;
  readonly kind: FileKind;
  /** The path's text, in quotes. */
  readonly node: Node;
  /** Its place in the experiment: ["data", "train", "images"]. */
  readonly at: JSONPath;
  /** module: what it should declare. */
  readonly module?: ModuleKind;
  /** A student of a sweep with a budget of sizes. */
  readonly isSized?: boolean;
  /** module: the net that it is asked about with the others of that net. */
  readonly net?: NetQuery;
}

/** Facts about a file. All are optional: old or large files may tell less. */
export interface FileFacts extends SampleFacts, ModelFacts, TokenizerFacts {
  readonly bytes?: number;
  /** Files of samples: equal for copies under any name. */
  readonly content?: string;
  /** Of an experiment whose student teaches: the files that teach each other in turn, where they do, from the first to itself. */
  readonly circle?: readonly string[];
  /** What a module declares, as a variant of the schema with the path as its type. */
  readonly module?: ModuleFacts;
  /** The net that modules compute a part of. */
  readonly net?: NetFacts;
  /** The card of an exported model. */
  readonly card?: CardFacts;
  /** Of a model as a student: whether its outputs come from a layer that can be replaced. */
  readonly hasHead?: boolean;
  /** Names of a model's weights, as a student. */
  readonly weights?: readonly string[];
  /** Those of them that are averages of a norm, which no step trains. */
  readonly averages?: readonly string[];
  /** Of a model as a student, with its own head, where a budget asks for it. */
  readonly sizes?: StudentSizes;
  /** Of a file of weights: its tensors of numbers with a fraction. */
  readonly tensors?: readonly TensorFacts[];
}

/** What is known of a student's sizes: its layers, which tell all, or what was counted. */
export interface StudentSizes {
  readonly layers?: readonly LayerSpec[];
  readonly flops?: number;
  readonly int8Bytes?: number;
}

interface ModuleFacts {
  readonly kind: ModuleKind;
  readonly schema: Schema;
  /** What it computes cannot be trained with. */
  readonly problem?: FileProblem;
}

interface NetFacts extends Omit<ExaminedNet, "files" | "problem"> {
  readonly problem?: FileProblem;
}

export interface CardFacts {
  readonly output?: "logits" | "probabilities" | "numbers";
  /** It takes raw samples and normalises them itself. */
  readonly normalizes?: boolean;
  /** Normalisation of its network's input, inside or outside of the model. */
  readonly normalize?: NormalizeFacts;
  /** In the order of its outputs. */
  readonly classNames?: readonly string[];
  /** Of an exported student. */
  readonly run?: string;
}

/** x · scale, then (x − mean) / std: one value for all channels or one for each. */
export interface NormalizeFacts {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface FileProblem {
  readonly code: string;
  readonly message: string;
  /** For a missing file: names near it that exist. */
  readonly nearby?: Nearby;
  /** For a folder: models that it has. */
  readonly models?: readonly string[];
}

/** The last folder of the path that exists. */
export interface Nearby {
  /** Offset and length, in the path as written, of the name that the folder does not have. */
  readonly offset: number;
  readonly length: number;
  /** Contents of the folder: folders where the path goes on, files where it ends. */
  readonly names: readonly string[];
}

/** Result of the trainer's own reading of the samples. */
export type DataKnowledge =
  | { readonly facts: DataFacts; readonly problem?: undefined }
  | { readonly problem: DataFault; readonly facts?: undefined };

/** Facts about samples that the trainer would accept. */
interface DataFacts {
  /** Training samples of each class, before a validation split. */
  readonly classCounts?: readonly number[];
  /** Labels are probabilities of the classes. */
  readonly areSoft?: boolean;
  /** Values are colours, from black to white; absent where no augmentation needs that. */
  readonly areColours?: boolean;
  /** Samples are numbers of tokens, of which this one is padding. */
  readonly padding?: number;
  /** The class names are not numbers. */
  readonly areNamed?: boolean;
  /** Of a training sample. */
  readonly shape?: readonly number[];
  /** The student's normalisation, fitted where the text says so. */
  readonly normalize?: NormalizeFacts;
  /** Smallest and largest value of any split, normalised for the student; only where it begins with an embedding. */
  readonly range?: readonly [least: number, most: number];
  /** Samples that are in two splits. */
  readonly leaks?: readonly LeakFacts[];
  /** What a teacher's stored outputs were found to be wrong in, or odd. */
  readonly stored?: readonly StoredFinding[];
  /** What else the trainer tells of a split before it is used. */
  readonly remarks?: readonly RemarkFacts[];
  /** Columns that should hardly be features as they are; with the names of all, and what they are taken as. */
  readonly doubtful?: readonly { readonly code: string; readonly column: string; readonly message: string }[];
  readonly columns?: readonly { readonly name: string; readonly as: string }[];
}

export interface RemarkFacts {
  readonly code: string;
  readonly of: SourceKey | "teacher";
  readonly message: string;
  /** That are no classes, it seems. */
  readonly classes?: readonly string[];
  /** Of a table, as what they were taken. */
  readonly columns?: readonly { readonly name: string; readonly as: string }[];
}

/** The trainer's findings about stored outputs. */
export interface StoredFinding {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Where it stands in the experiment: the path of the file at fault, or the teacher. */
  readonly at: JSONPath;
}

/** The trainer's warning that results on a split are unreliable. */
export interface LeakFacts {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly of: "validation" | "test";
  readonly message: string;
  readonly hint: string;
}

/** An error that would keep the trainer from training. */
export interface DataFault {
  readonly code: string;
  readonly message: string;
  /** The file at fault, by its path in the experiment. */
  readonly path?: string;
}

export type FileKnowledge = (
  | { readonly facts: FileFacts; readonly problem?: undefined }
  | { readonly problem: FileProblem; readonly facts?: undefined }
) & {
  /** Other files that it depends on, as absolute paths: those with a model's weights. */
  readonly beside?: readonly string[];
};

/** Answers at once, from samples already read; undefined where they are too many or not read yet. */
export type KnownData = (spec: DataSpec) => DataKnowledge | undefined;

/** Answers at once, from files already read; undefined where a file has not been read (yet). */
export type Knowledge = (reference: FileReference) => FileKnowledge | undefined;

/** Sizes of the weighted terms of the loss, by name, in the middle of the last run of an experiment. */
export type TermSizes = Readonly<Record<string, number>>;

/** What an experiment's newest run has found of its teacher. */
export interface LastRun {
  /** Of the experiment. */
  readonly uri: string;
  /** Of the run. */
  readonly directory: string;
  /** Key of the run's teaching, as `teachingOf` computes it. */
  readonly teaching: string;
  /** The same with its augmentation. */
  readonly augmented?: string;
  readonly warnings: readonly RunWarning[];
  /** Of the teacher's outputs, once it has given them. */
  readonly softness?: Softness;
}

/** Engines on this machine besides the built-in one. */
export interface EngineFacts {
  /** Installed builds of TensorFlow; not known to work. */
  readonly tensorflow: readonly ("cpu" | "gpu")[];
  /** Name of the first NVIDIA card. */
  readonly card?: string;
}

/** Where the runs of a sweep train, where that is not this machine. */
export type Executor = "slurm";

/** What this machine has. */
export interface MachineFacts {
  /** Bytes. */
  readonly memory: number;
  /** An installed engine may choose a GPU, with its own memory. */
  readonly hasGpuEngine: boolean;
}

/**
 * Multiplications and additions of the products and convolutions in one prediction of a net of these layers; undefined of one that
 * cannot be built.
 * @param shape of a sample
 */
export type CountFlops = (layers: readonly LayerSpec[], shape: readonly number[]) => number | undefined;

export const nothingKnown: Knowledge = () => undefined;

/** Whether a model is run as it is, by the names of its inputs and outputs. */
export const hasPorts = (kind: FileKind | undefined): boolean => kind === "onnx" || kind === "model-folder";

/** Whether the path is that of a folder. */
export const namesFolder = (kind: FileKind): boolean => kind === "run" || kind.endsWith("-folder");

/** Whether a file has the samples themselves: not only labels, and not a model. */
export const holdsSamples = ({ kind }: Pick<FileReference, "kind">): boolean => samplesKinds.includes(kind);

/** Files that hold samples, those of which each has its labels with it last. */
export const samplesKinds: readonly FileKind[] = [
  "idx-images",
  "npy-features",
  "csv",
  "jsonl",
  "npz",
  "image-folder",
  "image-table",
  "text-folder",
  "text-lines",
  "cifar",
  "parquet",
];

/** Two references with the same key have the same answer. */
export const factsKey = ({
  path,
  kind,
  columns,
  arrays,
  images,
  outputs,
  parquet,
  module,
  net,
  task,
  isSized,
}: FileReference): string =>
  JSON.stringify([
    path,
    kind,
    columns,
    arrays,
    images,
    outputs,
    parquet,
    module ?? net,
    ...(task ? [task] : []),
    ...(isSized ? ["sized"] : []),
  ]);
