import type { TaskName } from "../../server/tasks/tasks.ts";
import type { Json, Part } from "./part.ts";

export interface DataPart extends Part {
  readonly make: string;
  readonly task: TaskName;
  /** `data` of the experiment, without a split. */
  readonly data: Json;
  /** Training samples of the step that is compared with PyTorch's; absent: 32. */
  readonly rows?: number;
}

const parts = (type: string, extension: string, keys: Json = {}) => ({
  train: { type, path: `train.${extension}`, ...keys },
  test: { type, path: `test.${extension}`, ...keys },
});
const npz = (features = "x", labels = "y") => parts("npz", "npz", { features, labels });
const npy = (keys: Json = {}) => ({
  train: { type: "npy", features: "train-x.npy", labels: "train-y.npy", ...keys },
  test: { type: "npy", features: "test-x.npy", labels: "test-y.npy", ...keys },
});
const validation = { split: 0.2 };
const sixteenths = { scale: 0.0625 };
const bytes = { scale: 1 / 255 };
const text = { type: "text", tokenizer: "tokenizer.json", maxLength: 16 };

export const data = {
  digitsNpz: {
    says: "digits, npz",
    make: "digits_npz",
    task: "classification",
    data: { ...npz(), validation, normalize: sixteenths },
  },
  digitsCompressed: {
    says: "digits, compressed npz of float64",
    make: "digits_compressed",
    task: "classification",
    data: { ...npz(), validation, normalize: sixteenths },
  },
  digitsFew: {
    says: "150 labelled digits and 1,197 without labels, npy",
    make: "digits_few",
    task: "classification",
    data: { ...npy(), unlabelled: { type: "npy", features: "more.npy" }, validation, normalize: sixteenths },
  },
  digitsGaps: {
    says: "digits of which most have the label −1, npz",
    make: "digits_gaps",
    task: "classification",
    data: { ...npz(), validation, normalize: sixteenths },
  },
  digitsNpy: {
    says: "digits as images of bytes, npy",
    make: "digits_npy",
    task: "classification",
    data: { ...npy({ shape: [8, 8, 1] }), validation, normalize: sixteenths },
  },
  digitsFirst: {
    says: "digits as images, channels first, npy",
    make: "digits_first",
    task: "classification",
    data: { ...npy({ layout: "channelsFirst" }), validation, normalize: sixteenths },
  },
  digitsIdx: {
    says: "digits as images, IDX files in gzip",
    make: "digits_idx",
    task: "classification",
    data: {
      train: { type: "idx", images: "train-images.gz", labels: "train-labels.gz" },
      test: { type: "idx", images: "test-images.gz", labels: "test-labels.gz" },
      validation,
      normalize: sixteenths,
    },
  },
  irisCsv: {
    says: "iris, csv with names of classes",
    make: "iris_csv",
    task: "classification",
    data: { ...parts("csv", "csv", { label: "kind" }), validation, normalize: "fit" },
  },
  irisSemicolons: {
    says: "iris, csv with semicolons and no header",
    make: "iris_semicolons",
    task: "classification",
    data: { ...parts("csv", "csv", { label: -1 }), validation, normalize: "fit" },
  },
  cancerCsv: {
    says: "breast cancer, csv with two classes",
    make: "cancer_csv",
    task: "classification",
    data: { ...parts("csv", "csv", { label: "kind" }), validation, normalize: "fit" },
  },
  wineParquet: {
    says: "wine, Parquet in two files",
    make: "wine_parquet",
    task: "classification",
    data: {
      train: { type: "parquet", path: "train-*.parquet", label: "kind" },
      test: { type: "parquet", path: "test.parquet", label: "kind" },
      validation,
      normalize: "fit",
    },
  },
  peopleCsv: {
    says: "people: numbers, categories, booleans, missing values; csv",
    make: "people_csv",
    task: "classification",
    data: { ...parts("csv", "csv", { label: "income" }), validation, normalize: "fit" },
  },
  peopleJsonl: {
    says: "the same people, JSON Lines",
    make: "people_jsonl",
    task: "classification",
    data: { ...parts("jsonl", "jsonl", { label: "income" }), validation, normalize: "fit" },
  },
  peopleParquet: {
    says: "the same people, Parquet",
    make: "people_parquet",
    task: "classification",
    data: { ...parts("parquet", "parquet", { label: "income" }), validation, normalize: "fit" },
  },
  diabetesCsv: {
    says: "diabetes, csv with a real number to learn",
    make: "diabetes_csv",
    task: "regression",
    data: { ...parts("csv", "csv", { label: "progress" }), validation, normalize: "fit" },
  },
  twoNumbers: {
    says: "two real numbers a sample, npy",
    make: "two_numbers_npy",
    task: "regression",
    data: { ...npy(), validation },
  },
  labelsNpy: {
    says: "four labels a sample, npy",
    make: "labels_npy",
    task: "multiLabel",
    data: { ...npy(), validation },
  },
  labelsCsv: {
    says: "four labels a sample, csv with a|b",
    make: "labels_csv",
    task: "multiLabel",
    data: {
      ...parts("csv", "csv", { label: "tags", labelSeparator: "|" }),
      classes: ["cat", "dog", "indoors", "sunny"],
      validation,
    },
  },
  cifar: {
    says: "pictures as CIFAR-10's binary files",
    make: "cifar",
    task: "classification",
    data: {
      train: { type: "cifar", path: "." },
      test: { type: "cifar", path: ".", part: "test" },
      validation,
      normalize: bytes,
    },
  },
  pngFolders: {
    says: "PNG files in a folder for each class",
    make: "png_folders",
    task: "classification",
    rows: 240,
    data: {
      train: { type: "images", folder: "train" },
      test: { type: "images", folder: "test" },
      validation,
      normalize: bytes,
    },
  },
  jpegTable: {
    says: "JPEG files that a csv names",
    make: "jpeg_table",
    task: "classification",
    data: {
      train: { type: "images", table: "train.csv", path: "file", label: "kind" },
      test: { type: "images", table: "test.csv", path: "file", label: "kind" },
      validation,
      normalize: bytes,
    },
  },
  parquetImages: {
    says: "images in Parquet, as Hugging Face's datasets keep them",
    make: "parquet_images",
    task: "classification",
    data: {
      ...parts("parquet", "parquet", { image: "image", label: "label" }),
      validation,
      normalize: bytes,
    },
  },
  pictures: {
    says: "pictures of 32 × 32, npz",
    make: "larger_pictures",
    task: "classification",
    data: { ...npz("images", "labels"), validation, normalize: bytes },
  },
  textsJsonl: {
    says: "sentences, JSON Lines with a WordPiece tokenizer",
    make: "texts_jsonl",
    task: "classification",
    data: {
      train: { ...text, path: "train.jsonl", text: "text", label: "topic" },
      test: { ...text, path: "test.jsonl", text: "text", label: "topic" },
      validation,
    },
  },
  textsCsv: {
    says: "sentences, csv with a BPE tokenizer",
    make: "texts_csv",
    task: "classification",
    data: {
      train: { ...text, path: "train.csv", text: "text", label: "topic" },
      test: { ...text, path: "test.csv", text: "text", label: "topic" },
      validation,
    },
  },
  textsParquet: {
    says: "sentences, Parquet",
    make: "texts_parquet",
    task: "classification",
    data: {
      train: { ...text, path: "train.parquet", text: "text", label: "topic" },
      test: { ...text, path: "test.parquet", text: "text", label: "topic" },
      validation,
    },
  },
  textPairs: {
    says: "pairs of sentences, csv",
    make: "text_pairs",
    task: "classification",
    data: {
      train: { ...text, path: "train.csv", text: ["one", "two"], label: "same" },
      test: { ...text, path: "test.csv", text: ["one", "two"], label: "same" },
      validation,
    },
  },
  tokenIds: {
    says: "numbers of tokens, npz",
    make: "token_ids",
    task: "classification",
    data: { ...npz("ids", "labels"), validation },
  },
} satisfies Readonly<Record<string, DataPart>>;
