import type { JSONPath, Node } from "jsonc-parser";
import type { RunWarning } from "../protocol.ts";
import type { DataSpec } from "./dataSpec.ts";

/** What a path in an experiment leads to. */
export type FileKind =
  | "idx-images"
  | "idx-labels"
  | "csv"
  | "npy-features"
  | "npy-labels"
  | "npz"
  | "onnx"
  | "tfjs";

/** A path as an experiment has it, and what the experiment says about the file besides. */
export interface FileReference {
  readonly path: string;
  readonly kind: FileKind;
  /** The path's text, in quotes. */
  readonly node: Node;
  /** Where it stands in the experiment: ["data", "train", "images"]. */
  readonly at: JSONPath;
  /** csv: the columns; npz: the names of the arrays. */
  readonly columns?: TableColumns;
  readonly arrays?: { readonly features: string; readonly labels?: string };
}

export interface TableColumns {
  /** Absent: no column is a label. */
  readonly label?: string | number;
  readonly features?: readonly (string | number)[];
  readonly delimiter?: string;
  readonly header?: boolean;
}

/** A tensor that goes into a model or comes out; -1 stands for any size, as the batch's. */
export interface ModelPort {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of its values, where the file tells. */
  readonly dtype?: string;
  /** An output that comes out of a softmax. */
  readonly probabilities?: boolean;
  /** Of scores: the classes of its columns, where the file names them. */
  readonly classNames?: readonly string[];
}

/** What a loss can compare of a model: a layer, or a tensor of an ONNX graph. */
export interface LayerFacts {
  readonly name: string;
  /** Class or operator. */
  readonly type?: string;
  /** Of what it gives for one sample, channels last. */
  readonly shape?: readonly number[];
}

/** What is known of a file. Everything is optional: an old file or a large one may say less. */
export interface FileFacts {
  readonly bytes?: number;
  /** Of a file of samples: the same for copies of it, under whatever name. */
  readonly content?: string;
  /** Samples in the file. */
  readonly count?: number;
  /** Shape of one sample, without the batch. */
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly classes?: number;
  readonly classNames?: readonly string[];
  /** Samples of the file that have no label, where there are such. */
  readonly unlabelled?: number;
  /** Number of the first of them. */
  readonly firstUnlabelled?: number;
  /** Names of a table's columns, in the order of a sample's values. */
  readonly featureNames?: readonly string[];
  /** Of a model: trained values, absent where all that was learned are trees or support vectors. */
  readonly parameters?: number;
  readonly learned?: {
    readonly trees?: number;
    /** In all trees together. */
    readonly treeNodes?: number;
    readonly supportVectors?: number;
  };
  /** What goes in, what comes out, and its layers. */
  readonly inputs?: readonly ModelPort[];
  readonly outputs?: readonly ModelPort[];
  readonly layers?: readonly LayerFacts[];
  /** Name of the output with the scores, if there is one. */
  readonly scores?: string;
  /** The scores come out of a softmax: they are probabilities. */
  readonly endsInSoftmax?: boolean;
  /** What a model that was exported says of itself. */
  readonly card?: CardFacts;
}

export interface CardFacts {
  readonly output?: "logits" | "probabilities";
  /** It takes raw samples, and normalises them as its network has to see them. */
  readonly normalizes?: boolean;
  /** What its network sees, whoever normalises. */
  readonly normalize?: NormalizeFacts;
  /** In the order of its outputs. */
  readonly classNames?: readonly string[];
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
  /** Of a file that is not there: what is, in its place. */
  readonly nearby?: Nearby;
}

/** The folder in which a path leads no further. */
export interface Nearby {
  /** Of the path as it is written: offset and length of the name that the folder does not have. */
  readonly offset: number;
  readonly length: number;
  /** What the folder has: folders where the path goes on, files where it ends. */
  readonly names: readonly string[];
}

/** What the trainer's own reading of the samples has come to. */
export type DataKnowledge =
  | { readonly facts: DataFacts; readonly problem?: undefined }
  | { readonly problem: DataFault; readonly facts?: undefined };

/** Of samples that the trainer would take as they are. */
interface DataFacts {
  /** How many training samples each class has, before any are held back. */
  readonly classCounts?: readonly number[];
  /** The classes have names that are no numbers. */
  readonly areNamed?: boolean;
  /** What the student sees, fitted where it is to be. */
  readonly normalize?: NormalizeFacts;
  /** Smallest and largest value of any split, as the student sees it; where it looks values up. */
  readonly range?: readonly [least: number, most: number];
  /** Samples of one split that are in another, too. */
  readonly leaks?: readonly LeakFacts[];
}

/** That what is measured on a split says less than it seems to, as the trainer tells it. */
export interface LeakFacts {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly of: "validation" | "test";
  readonly message: string;
  readonly hint: string;
}

/** What would keep the trainer from training. */
export interface DataFault {
  readonly code: string;
  readonly message: string;
  /** The file at fault, as the experiment has its path. */
  readonly path?: string;
}

export type FileKnowledge = (
  | { readonly facts: FileFacts; readonly problem?: undefined }
  | { readonly problem: FileProblem; readonly facts?: undefined }
) & {
  /** Other files that it rests on, as absolute paths: those with a model's weights. */
  readonly beside?: readonly string[];
};

/** Answers at once from what has been read; undefined where the samples are too many to be read here, or not read yet. */
export type KnownData = (spec: DataSpec) => DataKnowledge | undefined;

/** Answers at once from what has been read; undefined where a file has not been looked at (yet). */
export type Knowledge = (reference: FileReference) => FileKnowledge | undefined;

/** Sizes of the weighted terms of the loss, by name, in the middle of the last run of an experiment. */
export type TermSizes = Readonly<Record<string, number>>;

/** What the newest run of an experiment was warned of. */
export interface LastRun {
  /** Of the experiment. */
  readonly uri: string;
  /** Of the run. */
  readonly directory: string;
  /** Of what the run was told to train, as `teachingOf` has it. */
  readonly teaching: string;
  readonly warnings: readonly RunWarning[];
}

/** What this machine could train with beside the built-in engine. */
export interface EngineFacts {
  /** The builds of TensorFlow that are there; whether they work is not known. */
  readonly tensorflow: readonly ("cpu" | "gpu")[];
  /** Name of the first NVIDIA card. */
  readonly card?: string;
}

/** What this machine has. */
export interface MachineFacts {
  /** Bytes. */
  readonly memory: number;
  /** An engine is installed that may choose a card, with a memory of its own. */
  readonly hasGpuEngine: boolean;
}

export const nothingKnown: Knowledge = () => undefined;

/** Whether a file has the samples themselves, not their labels alone, nor a model. */
export const holdsSamples = ({ kind }: Pick<FileReference, "kind">): boolean =>
  kind === "idx-images" || kind === "npy-features" || kind === "csv" || kind === "npz";

/** Two references with the same key have the same answer. */
export const factsKey = ({ path, kind, columns, arrays }: FileReference): string =>
  JSON.stringify([path, kind, columns, arrays]);
