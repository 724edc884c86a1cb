import type { TaskName } from "./tasks/tasks.ts";

/** Facts about samples from a file's header. All are optional: large or old files may have fewer. */
export interface SampleFacts {
  /** Samples in the file. */
  readonly count?: number;
  /** Shape of one sample, without the batch; images: [height, width, channels]. */
  readonly shape?: readonly number[];
  readonly dtype?: string;
  /** What the labels are for, by their looks; absent: classes, or not known. */
  readonly task?: TaskName;
  /** How many classes, labels or numbers a model has to give. */
  readonly classes?: number;
  readonly classNames?: readonly string[];
  /** Number of samples without a label, if any. */
  readonly unlabelled?: number;
  /** Index of the first of them. */
  readonly firstUnlabelled?: number;
  /** Names of the columns of the features, in the order of a sample's values, where each has its own name. */
  readonly featureNames?: readonly string[];
  /** Names of all columns of a table, and what their cells are, as far as they were read. */
  readonly columnNames?: readonly string[];
  readonly columnFacts?: readonly ColumnFacts[];
  /** Columns of a table that are no features: lists of words, objects, images. */
  readonly unreadColumns?: readonly string[];
  /** A few images, small, as data URIs. */
  readonly thumbnails?: readonly string[];
}

/** What the cells of a table's column are. */
export interface ColumnFacts {
  readonly name: string;
  readonly as?: string;
  /** Cells without a value. */
  readonly missing?: number;
  /** Of a column of numbers. */
  readonly range?: readonly [least: number, most: number];
  /** How many different texts there are, and how often the most frequent ones stand. */
  readonly different?: number;
  readonly frequent?: readonly (readonly [text: string, count: number])[];
}

/** What a tokenizer's file says. */
export interface TokenizerFacts {
  /** Its numbers are below this. */
  readonly vocabulary?: number;
  /** The number that stands behind the end of a text. */
  readonly padding?: number;
}

/** Facts about a model from its file. */
export interface ModelFacts {
  readonly inputs?: readonly ModelPort[];
  readonly outputs?: readonly ModelPort[];
  /** What a feature loss can compare: the layers of a layers model, the tensors between the nodes of an ONNX graph. */
  readonly layers?: readonly LayerFacts[];
  /** Name of the output with the scores, if there is one. */
  readonly scores?: string;
  /** The scores come out of a softmax: they are probabilities. */
  readonly endsInSoftmax?: boolean;
  /** Number of trained values; absent for trees and support vectors. */
  readonly parameters?: number;
  readonly learned?: LearnedFacts;
}

/** An input or output of a model. */
export interface ModelPort {
  readonly name: string;
  /** −1 for any size, such as the batch's. */
  readonly shape: readonly number[];
  /** Of its values, where the file declares it; "unknown" where it has no name here. */
  readonly dtype?: string;
  /** The output of a softmax. */
  readonly probabilities?: boolean;
  /** Scores only: the classes of its columns, where the file names them; numbers as text. */
  readonly classNames?: readonly string[];
  /** Its name in the graph of a SavedModel, as TensorFlow is asked for it. */
  readonly tensor?: string;
  /** A tensor in the graph of an ONNX model, of which its outputs are the columns. */
  readonly isInside?: boolean;
}

export interface LayerFacts {
  readonly name: string;
  /** Class or operator: "Dense", "Conv". */
  readonly type?: string;
  /** Of its output for one sample, where the file says it. */
  readonly shape?: readonly number[];
}

/** What a model learned besides parameters. */
export interface LearnedFacts {
  readonly trees?: number;
  /** In all trees together. */
  readonly treeNodes?: number;
  readonly supportVectors?: number;
}
