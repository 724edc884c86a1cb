import type { LayerFacts, ModelFacts, ModelPort, SampleFacts, TokenizerFacts } from "../../fileHeaders.ts";
import type { FileQuery, TableFormat } from "../../fileQuery.ts";
import type { DataProblem } from "../problem.ts";

/** What a file holds, as far as its headers say. */
export type FileDescription =
  | ArrayDescription
  | ArchiveDescription
  | OutputsDescription
  | TableDescription
  | LinesDescription
  | FolderDescription
  | ImagesDescription
  | ModelDescription
  | WeightsDescription
  | TokenizerDescription
  | { readonly kind: "problem"; readonly problem: DataProblem };

interface Described {
  /** Size of the file. */
  readonly bytes: number;
}

/** An IDX or .npy file; classes and samples without a label of labels of up to 10 MB. */
export interface ArrayDescription extends Described, SampleFacts {
  readonly kind: "array";
  readonly format: "idx" | "npy";
  readonly dtype: string;
  readonly count: number;
  readonly shape: readonly number[];
}

/** An .npz file; the facts are those of the array that the experiment names as features. */
export interface ArchiveDescription extends Described, SampleFacts {
  readonly kind: "archive";
  readonly format: "npz";
  readonly arrays: readonly NamedArray[];
  /** Names of those whose elements are of a type that is not read, such as texts. */
  readonly unreadArrays?: readonly string[];
}

export interface NamedArray {
  readonly name: string;
  readonly dtype: string;
  /** With the first axis. */
  readonly shape: readonly number[];
}

/** A tokenizer.json. */
interface TokenizerDescription extends Described, TokenizerFacts {
  readonly kind: "tokenizer";
  readonly format: "tokenizer";
}

/** A teacher's outputs of samples, from a file of any format. A large table is not read through: it has no facts. */
interface OutputsDescription extends Described, Pick<SampleFacts, "count" | "dtype"> {
  readonly kind: "outputs";
  /** [classes] */
  readonly shape?: readonly number[];
}

/** A file of delimited values or of JSON Lines; count and classes of tables that are small enough to be read through. */
export interface TableDescription extends Described, SampleFacts {
  readonly kind: "table";
  readonly format: TableFormat;
  readonly delimiter?: string;
  readonly columns: number;
}

/** A file with a text or a label a line; a large one is not read through: it has no facts. */
export interface LinesDescription extends Described, SampleFacts {
  readonly kind: "lines";
  readonly format: "lines";
}

/** A folder of which only its being there counts. */
interface FolderDescription extends Described {
  readonly kind: "folder";
  readonly format: "folder";
}

/** Samples in files of their own or in several: images or texts in a folder, images named by a table, CIFAR, Parquet. */
export interface ImagesDescription extends Described, SampleFacts {
  readonly kind: "images";
  readonly format: "images";
  /** Those that the images lie in, as absolute paths: what is in them may change. */
  readonly folders: readonly string[];
}

/** A network: an ONNX model, a TensorFlow.js model.json or the folder of a SavedModel. */
export interface ModelDescription extends Described, ModelFacts {
  readonly kind: "model";
  readonly format: "onnx" | "tfjs-layers" | "tfjs-graph" | "saved-model";
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly layers: readonly LayerFacts[];
  /** How many nodes or layers of each kind there are. */
  readonly operators: Readonly<Record<string, number>>;
  /** A node is a loop, or one of a graph within it or of the model's functions is. */
  readonly hasLoops?: boolean;
  /** The version of its file's form, where ONNX Runtime does not load that. */
  readonly newerIr?: number;
  /** Operators that compute in float64 and that ONNX Runtime has on the CPU in other types only. */
  readonly withoutKernel?: readonly string[];
  /** Operators that ONNX does not have, though it has their domain. */
  readonly unconverted?: readonly string[];
  /** Its scores are of pairs of classes, not of classes. */
  readonly isOfPairs?: boolean;
  readonly endsInSoftmax: boolean;
  readonly producer?: string;
  readonly opset?: number;
  /** By which TensorFlow finds the graph in a SavedModel. */
  readonly tags?: readonly string[];
  /** `metadata_props` of an ONNX model, which are texts; `userDefinedMetadata` of a model.json. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Files with weights that belong to the model, and those of them that are not there; of a SavedModel its graph, too. */
  readonly weightFiles: readonly string[];
  readonly missingFiles: readonly string[];
  /** What is wrong with one that is there, as a part of a sentence: it may not be read, or is cut off. */
  readonly weightsFault?: string;
  /** Those outside of the model's folder, as it names them: none are read there. */
  readonly outsideFiles?: readonly string[];
}

/** A safetensors file. */
export interface WeightsDescription extends Described {
  readonly kind: "weights";
  readonly format: "safetensors";
  readonly tensors: readonly NamedArray[];
  readonly parameters: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export type FileFormat =
  | "idx"
  | "npy"
  | "npz"
  | "csv"
  | "jsonl"
  | "imageFolder"
  | "imageTable"
  | "folder"
  | "cifar"
  | "textFolder"
  | "lines"
  | "parquet"
  | "tokenizer"
  | "onnx"
  | "savedModel"
  | "tfjs"
  | "safetensors";

/** What is known of a file before it is opened. */
export interface DescribeHint extends FileQuery {
  /** What the file has to be; without it, its content decides. */
  readonly format?: FileFormat;
  /** Whether an array holds labels, so that their classes are counted. */
  readonly labels?: boolean;
}
