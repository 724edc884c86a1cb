import type { AskedOutputs } from "../outputsFile.ts";
import type { DataProblem } from "../problem.ts";
import type { RequestedColumns } from "../sources/csv.ts";

/** What a file holds, as far as its headers say. */
export type FileDescription =
  | ArrayDescription
  | ArchiveDescription
  | OutputsDescription
  | TableDescription
  | ImagesDescription
  | ModelDescription
  | WeightsDescription
  | { readonly kind: "problem"; readonly problem: DataProblem };

interface Described {
  /** Size of the file. */
  readonly bytes: number;
}

/** An IDX or .npy file. */
export interface ArrayDescription extends Described {
  readonly kind: "array";
  readonly format: "idx" | "npy";
  readonly dtype: string;
  readonly count: number;
  /** One sample, without the first axis, as a source of this format would load it. */
  readonly shape: readonly number[];
  /** Of labels of up to 10 MB. */
  readonly classes?: number;
  /** Samples without a label, where there are such. */
  readonly unlabelled?: number;
  readonly firstUnlabelled?: number;
}

/** An .npz file. */
export interface ArchiveDescription extends Described {
  readonly kind: "archive";
  readonly format: "npz";
  readonly arrays: readonly NamedArray[];
  /** The array that was asked for as features. */
  readonly dtype?: string;
  readonly count?: number;
  readonly shape?: readonly number[];
  readonly classes?: number;
  readonly unlabelled?: number;
  readonly firstUnlabelled?: number;
}

export interface NamedArray {
  readonly name: string;
  readonly dtype: string;
  /** With the first axis. */
  readonly shape: readonly number[];
}

/** A teacher's outputs of samples, from a file of any format. */
interface OutputsDescription extends Described {
  readonly kind: "outputs";
  /** Absent of a large table, which is not read through; so are the others. */
  readonly count?: number;
  /** [classes] */
  readonly shape?: readonly number[];
  readonly dtype?: string;
}

/** A CSV file. */
export interface TableDescription extends Described {
  readonly kind: "table";
  readonly format: "csv";
  readonly delimiter: string;
  /** Names of the columns where there is a header. */
  readonly columnNames?: readonly string[];
  readonly columns: number;
  readonly shape?: readonly number[];
  /** Of the columns that were asked for, where each has a name of its own. */
  readonly featureNames?: readonly string[];
  /** Of tables that are small enough to be read through. */
  readonly count?: number;
  readonly classes?: number;
  readonly classNames?: readonly string[];
  readonly unlabelled?: number;
  readonly firstUnlabelled?: number;
}

/** Images in files of their own: a folder of them, or a table that names them. */
export interface ImagesDescription extends Described {
  readonly kind: "images";
  readonly format: "images";
  readonly count?: number;
  /** [height, width, channels], as the source gives them. */
  readonly shape?: readonly number[];
  readonly dtype?: "uint8" | "float32";
  readonly classes?: number;
  readonly classNames?: readonly string[];
  readonly unlabelled?: number;
  readonly firstUnlabelled?: number;
  /** Of a table of numbers. */
  readonly featureNames?: readonly string[];
  /** A few of them, small, as data URIs. */
  readonly thumbnails?: readonly string[];
  /** Those that the images lie in, as absolute paths: what is in them may change. */
  readonly folders: readonly string[];
}

/** A tensor that goes into a model or comes out. */
export interface ModelPort {
  readonly name: string;
  /** −1 for any size, such as the batch's. */
  readonly shape: readonly number[];
  readonly dtype: string;
  /** An output of an ONNX model that comes out of a softmax. */
  readonly probabilities?: boolean;
  /** Of scores: the classes of its columns, where the file names them; numbers as text. */
  readonly classNames?: readonly string[];
  /** A tensor in the graph of an ONNX model, of which its outputs are the columns. */
  readonly isInside?: boolean;
}

/** What a model learned besides parameters: a forest has none. */
export interface Learned {
  readonly trees?: number;
  /** In all trees together. */
  readonly treeNodes?: number;
  readonly supportVectors?: number;
}

/** A network: an ONNX model or a TensorFlow.js model.json. */
export interface ModelDescription extends Described {
  readonly kind: "model";
  readonly format: "onnx" | "tfjs-layers" | "tfjs-graph";
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Name of the output with the scores, if there is one. */
  readonly scores?: string;
  /** Trained values; absent where all that was learned are trees or support vectors. */
  readonly parameters?: number;
  readonly learned?: Learned;
  /** What a feature loss can name: the tensors between the nodes of an ONNX model, the layers of a layers model. */
  readonly layers: readonly ModelLayer[];
  /** How many nodes or layers of each kind there are. */
  readonly operators: Readonly<Record<string, number>>;
  /** A node of an ONNX model is a Loop or a Scan, or one of a graph within it or of the model's functions is. */
  readonly hasLoops?: boolean;
  /** Its scores are probabilities. */
  readonly endsInSoftmax: boolean;
  readonly producer?: string;
  readonly opset?: number;
  /** `metadata_props` of an ONNX model, which are texts; `userDefinedMetadata` of a model.json. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Files with weights that belong to the model, and those of them that are not there. */
  readonly weightFiles: readonly string[];
  readonly missingFiles: readonly string[];
  /** Those outside of the model's folder, as it names them: none are read there. */
  readonly outsideFiles?: readonly string[];
}

export interface ModelLayer {
  readonly name: string;
  /** Operator or class: "Conv", "Dense". */
  readonly type: string;
  /** Of one sample, where the file says it. */
  readonly shape?: readonly number[];
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
  | "imageFolder"
  | "imageTable"
  | "cifar"
  | "parquet"
  | "onnx"
  | "tfjs"
  | "safetensors";

/** What an experiment says of images. */
export interface AskedImages {
  readonly size?: readonly [height: number, width: number];
  readonly channels?: 1 | 3;
  /** Columns of a table. */
  readonly path?: string | number;
  readonly label?: string | number;
  /** Folders are no classes. */
  readonly isUnlabelled?: boolean;
  /** Of CIFAR. */
  readonly part?: "train" | "test";
  readonly labels?: "fine" | "coarse";
}

/** What an experiment says of a Parquet table. */
export interface AskedParquet extends Pick<AskedImages, "size" | "channels"> {
  readonly image?: string;
  readonly label?: string;
  readonly features?: readonly string[];
}

/** What an experiment says about a file besides its path. */
export interface DescribeHint {
  /** What the file has to be; without it, its content decides. */
  readonly format?: FileFormat;
  /** Whether an array holds labels, so that their classes are counted. */
  readonly labels?: boolean;
  /** Names of the arrays of an archive. */
  readonly arrays?: { readonly features: string; readonly labels?: string };
  readonly images?: AskedImages;
  /** That a file holds a teacher's outputs, whatever its format. */
  readonly outputs?: AskedOutputs;
  readonly parquet?: AskedParquet;
  /** Columns of a table. */
  readonly columns?: RequestedColumns & { readonly delimiter?: string | undefined };
}
