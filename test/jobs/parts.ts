import type { TaskName } from "../../server/tasks/tasks.ts";

/**
 * What people bring, as parts of experiments. `make` names the function of data.py, teachers.py or students.py that writes the
 * files of a part; jobs.ts puts parts together.
 */

export type Json = Readonly<Record<string, unknown>>;

interface Part {
  /** In docs/jobs.md. */
  readonly says: string;
  readonly make: string;
}

export interface DataPart extends Part {
  readonly task: TaskName;
  /** `data` of the experiment, without a split. */
  readonly data: Json;
  /** Training samples of the step that is compared with PyTorch's; absent: 32. */
  readonly rows?: number;
}

export interface TeacherPart extends Part {
  /** `teacher` of the experiment. */
  readonly teacher: Json;
  /** It computes in half precision: the step is compared under its own outputs. */
  readonly rounds?: boolean;
  /** Experiments that are trained before, by name: their exports or runs are this teacher. */
  readonly before?: Readonly<Record<string, Json>>;
  /** Where the student of an experiment in `before` is exported for TensorFlow.js. */
  readonly exports?: string;
}

export interface StudentPart extends Part {
  readonly student: Json;
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

const onnx = { type: "onnx", path: "teacher.onnx" };
/** It takes raw samples, whatever the student sees. */
const onRaw = { ...onnx, normalize: {} };
const assistant = {
  student: { preset: "mlp", hidden: [48] },
  losses: [{ type: "ce" }],
  training: { epochs: 10 },
};
const wholeNet = [
  { type: "dense", units: 48, activation: "relu", name: "wide" },
  { type: "dense", units: 10 },
];

export const teachers = {
  forest: { says: "scikit-learn forest, ONNX with a map of classes", make: "forest", teacher: onnx },
  forestArrays: { says: "scikit-learn forest, ONNX without map", make: "forest_arrays", teacher: onRaw },
  boosting: { says: "scikit-learn gradient boosting, ONNX", make: "gradient_boosting", teacher: onRaw },
  logistic: { says: "scikit-learn scaler and logistic regression, ONNX", make: "logistic", teacher: onRaw },
  supportVectors: { says: "scikit-learn scaler and SVC, ONNX", make: "support_vectors", teacher: onRaw },
  sklearnNetwork: { says: "scikit-learn scaler and MLP, ONNX", make: "sklearn_network", teacher: onRaw },
  xgboost: { says: "XGBoost, ONNX", make: "xgb", teacher: onRaw },
  lightgbm: { says: "LightGBM, ONNX", make: "lgbm", teacher: onRaw },
  forestNumbers: { says: "scikit-learn forest of numbers, ONNX", make: "forest_of_numbers", teacher: onRaw },
  ridge: { says: "scikit-learn ridge regression, ONNX", make: "ridge", teacher: onRaw },
  xgboostNumbers: { says: "XGBoost regression, ONNX", make: "xgb_of_numbers", teacher: onRaw },
  lightgbmNumbers: { says: "LightGBM regression, ONNX", make: "lgbm_of_numbers", teacher: onRaw },
  torchDense: { says: "PyTorch, exported by dynamo", make: "torch_dense", teacher: onRaw },
  torchDenseOne: {
    says: "PyTorch, exported by dynamo for one sample",
    make: "torch_dense_one",
    teacher: onRaw,
  },
  torchDenseScript: { says: "PyTorch, exported by TorchScript", make: "torch_dense_script", teacher: onRaw },
  torchHalf: { says: "PyTorch, weights in float16", make: "torch_half", teacher: onRaw, rounds: true },
  torchConvolutions: { says: "PyTorch convolutions, dynamo", make: "torch_convolutions", teacher: onnx },
  torchConvolutionsScript: {
    says: "PyTorch convolutions, TorchScript",
    make: "torch_convolutions_script",
    teacher: onnx,
  },
  resnet18: { says: "torchvision ResNet-18", make: "torchvision_resnet18", teacher: onnx },
  mobilenet: { says: "timm MobileNetV3", make: "timm_mobilenet", teacher: onnx },
  vit: { says: "timm ViT", make: "timm_vit", teacher: onnx },
  torchQuantised: { says: "PyTorch, quantised to 8 bits (QDQ)", make: "torch_quantised", teacher: onRaw },
  torchLarger: {
    says: "PyTorch convolutions that take 64 × 64",
    make: "torch_larger",
    teacher: { ...onnx, size: [64, 64] },
  },
  distilbert: { says: "transformers DistilBERT, tokens and mask", make: "distilbert", teacher: onnx },
  bert: {
    says: "transformers BERT, tokens, mask and types",
    make: "bert",
    teacher: {
      ...onnx,
      inputs: { input_ids: "tokens", attention_mask: "mask", token_type_ids: "types" },
    },
  },
  torchWords: { says: "PyTorch embedding, dynamo", make: "torch_words", teacher: onnx },
  torchAttention: { says: "PyTorch transformer, TorchScript", make: "torch_attention", teacher: onnx },
  saidLogits: {
    says: "stored logits of PyTorch, npz",
    make: "said_logits_npz",
    teacher: { type: "outputs", train: "said.npz", test: "said.npz" },
  },
  saidProbabilities: {
    says: "stored probabilities of a pipeline, csv",
    make: "said_probabilities_csv",
    teacher: { type: "outputs", train: "said-train.csv", test: "said-test.csv" },
  },
  saidLogarithms: {
    says: "stored logarithms of probabilities, npy",
    make: "said_logarithms_npy",
    teacher: { type: "outputs", train: "said-train.npy", test: "said-test.npy" },
  },
  saidOfSentences: {
    says: "what a service has said, rounded, csv",
    make: "said_of_sentences",
    teacher: { type: "outputs", train: "said-train.csv", test: "said-test.csv" },
  },
  ensemble: {
    says: "ensemble: forest, XGBoost and PyTorch",
    make: "three_together",
    teacher: {
      type: "ensemble",
      teachers: ["forest", "xgb", "network"].map((name) => ({ ...onRaw, path: `${name}.onnx` })),
      weights: [1, 1, 2],
    },
  },
  layers: {
    says: "layers, trained first",
    make: "none",
    teacher: { type: "layers", layers: wholeNet, train: { epochs: 10 } },
  },
  experiment: {
    says: "the student of another experiment",
    make: "none",
    teacher: { type: "experiment", path: "assistant.distill.json" },
    before: { assistant },
  },
  tfjs: {
    says: "TensorFlow.js model.json",
    make: "none",
    teacher: { type: "tfjs", path: "assistant/model.json" },
    before: { assistant },
    exports: "assistant",
  },
} satisfies Readonly<Record<string, TeacherPart>>;

const file = { model: "student.onnx" };

export const students = {
  mlp: { says: "`mlp`", make: "relu_layers", student: { preset: "mlp", hidden: [32] } },
  deep: {
    says: "`mlp` of two layers, tanh",
    make: "tanh_layers",
    student: { preset: "mlp", hidden: [24, 16], activation: "tanh" },
  },
  convolutions: {
    says: "layers: two convolutions",
    make: "two_convolutions",
    student: {
      layers: [
        { type: "conv2d", filters: 6, kernelSize: 3, padding: "same", activation: "relu", name: "first" },
        { type: "maxPooling2d", poolSize: 2 },
        { type: "conv2d", filters: 8, kernelSize: 3, activation: "relu", name: "second" },
        { type: "flatten" },
        { type: "dense", units: 10, name: "scores" },
      ],
    },
  },
  resnet: { says: "`resnet`", make: "none", student: { preset: "resnet", depth: 8, width: 8 } },
  vit: {
    says: "`vit`",
    make: "none",
    student: { preset: "vit", width: 16, depth: 2, heads: 2, patchSize: 4 },
  },
  ownLayer: {
    says: "layers, one of one's own",
    make: "none",
    student: {
      layers: [
        { type: "conv2d", filters: 8, kernelSize: 3, activation: "relu" },
        { type: "./eca.ts", kernelSize: 3 },
        { type: "globalAveragePooling2d" },
        { type: "dense", units: 10 },
      ],
    },
  },
  ownStudent: {
    says: "a student of one's own",
    make: "none",
    student: { type: "./mixer.ts", patch: 4, width: 16, depth: 1 },
  },
  words: {
    says: "layers: embedding and mean",
    make: "word_vectors",
    student: {
      layers: [
        { type: "embedding", inputDim: 200, outputDim: 12, maskToken: 0, name: "words" },
        { type: "globalAveragePooling1d" },
        { type: "dense", units: 3, name: "scores" },
      ],
    },
  },
  pairWords: {
    says: "layers: embedding and mean",
    make: "word_vectors",
    student: {
      layers: [
        { type: "embedding", inputDim: 200, outputDim: 12, maskToken: 0, name: "words" },
        { type: "globalAveragePooling1d" },
        { type: "dense", units: 2, name: "scores" },
      ],
    },
  },
  fileDense: { says: "ONNX from PyTorch, dense", make: "torch_dense", student: file },
  fileConvolutions: {
    says: "ONNX from PyTorch, batch norms train",
    make: "torch_convolutions",
    student: file,
  },
  fileFolded: {
    says: "ONNX from PyTorch, batch norms folded",
    make: "torch_convolutions_folded",
    student: file,
  },
  fileResnet18: { says: "torchvision ResNet-18, ONNX", make: "torchvision_resnet18", student: file },
  fileImagenet: {
    says: "torchvision ResNet-18 of 1,000 classes, ONNX, new head",
    make: "torchvision_of_imagenet",
    student: { ...file, head: "replace" },
  },
  fileMobilenet: { says: "torchvision MobileNetV2, ONNX", make: "torchvision_mobilenet", student: file },
  fileConvnext: { says: "timm ConvNeXt, ONNX", make: "timm_convnext", student: file },
  fileVit: { says: "timm ViT, ONNX", make: "timm_vit", student: file },
  fileWords: { says: "ONNX from PyTorch, embedding", make: "torch_words", student: file },
  fileAttention: { says: "ONNX from PyTorch, transformer", make: "torch_attention", student: file },
} satisfies Readonly<Record<string, StudentPart>>;
