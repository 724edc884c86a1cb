import type { Json, Part } from "./part.ts";

export interface StudentPart extends Part {
  readonly student: Json;
}

const pooled: Json = { type: "globalAveragePooling1d" };
/** The words' vectors, what makes one of them, and the scores. */
const ofWords = (oneOfAll: Json, classes: number): Json => ({
  layers: [
    { type: "embedding", inputDim: 200, outputDim: 12, maskToken: 0, name: "words" },
    oneOfAll,
    { type: "dense", units: classes, name: "scores" },
  ],
});
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
  resnet: { says: "`resnet`", student: { preset: "resnet", depth: 8, width: 8 } },
  vit: {
    says: "`vit`",
    student: { preset: "vit", width: 16, depth: 2, heads: 2, patchSize: 4 },
  },
  ownLayer: {
    says: "layers, one of one's own",
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
    student: { type: "./mixer.ts", patch: 4, width: 16, depth: 1 },
  },
  words: { says: "layers: embedding and mean", make: "word_vectors", student: ofWords(pooled, 3) },
  pairWords: { says: "layers: embedding and mean", make: "word_vectors", student: ofWords(pooled, 2) },
  lstm: {
    says: "layers: embedding and `lstm`",
    make: "word_lstm",
    student: ofWords({ type: "lstm", units: 10, name: "state" }, 3),
  },
  gru: {
    says: "layers: embedding and `gru`",
    make: "word_gru",
    student: ofWords({ type: "gru", units: 10, name: "state" }, 3),
  },
  transformer: {
    says: "`transformer`",
    make: "transformer_layers",
    student: { preset: "transformer", vocabulary: 200, width: 16, depth: 1, heads: 2, dropout: 0 },
  },
  mobilenet: {
    says: "`mobilenetV2`",
    student: { preset: "mobilenetV2", width: 0.25, reduction: 16 },
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
  fileMobilenet: {
    says: "torchvision MobileNetV2 of eight blocks, ONNX",
    make: "torchvision_mobilenet",
    student: file,
  },
  fileConvnext: { says: "timm ConvNeXt, ONNX", make: "timm_convnext", student: file },
  fileConvnextOne: {
    says: "timm ConvNeXt, ONNX for one sample",
    make: "timm_convnext_one",
    student: file,
  },
  fileVit: { says: "timm ViT, ONNX", make: "timm_vit", student: file },
  fileWords: { says: "ONNX from PyTorch, embedding", make: "torch_words", student: file },
  fileBert: {
    says: "transformers BERT, ONNX with tokens, mask and types",
    make: "small_bert",
    student: file,
  },
  fileAttention: { says: "ONNX from PyTorch, transformer", make: "torch_attention", student: file },
} satisfies Readonly<Record<string, StudentPart>>;
