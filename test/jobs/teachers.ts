import type { Json, Part } from "./part.ts";

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

const twoConvolutions = [
  { type: "conv2d", filters: 12, kernelSize: 3, padding: "same", activation: "relu", name: "first" },
  { type: "maxPooling2d", poolSize: 2 },
  { type: "conv2d", filters: 16, kernelSize: 3, activation: "relu", name: "second" },
  { type: "flatten" },
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
  saidLikeliest: {
    says: "stored likeliest three classes of PyTorch, npz",
    make: "said_likeliest_npz",
    teacher: { type: "outputs", train: "said-train.npz", test: "said-test.npz" },
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
    teacher: { type: "layers", layers: wholeNet, train: { epochs: 10 } },
  },
  convolutionLayers: {
    says: "layers: two convolutions, trained first",
    teacher: { type: "layers", layers: twoConvolutions, train: { epochs: 3 } },
  },
  experiment: {
    says: "the student of another experiment",
    teacher: { type: "experiment", path: "assistant.distill.json" },
    before: { assistant },
  },
  tfjs: {
    says: "TensorFlow.js model.json",
    teacher: { type: "tfjs", path: "assistant/model.json" },
    before: { assistant },
    exports: "assistant",
  },
} satisfies Readonly<Record<string, TeacherPart>>;
