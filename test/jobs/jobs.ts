import { fileURLToPath } from "node:url";
import type { data } from "./data.ts";
import type { Json } from "./part.ts";
import type { students } from "./students.ts";
import type { teachers } from "./teachers.ts";

/** The jobs that are tried, each data × teacher × student; docs/jobs.md is generated from them. */

export interface Job {
  readonly data: keyof typeof data;
  readonly teacher: keyof typeof teachers;
  readonly student: keyof typeof students;
  /** Whether it is small enough to be a fixture, with which CI tries it. */
  readonly isKept?: boolean;
  /** Merged over the experiment. */
  readonly with?: Json;
  /** What `with` is about, in docs/jobs.md. */
  readonly also?: string;
}

const job = (
  dataPart: Job["data"],
  teacher: Job["teacher"],
  student: Job["student"],
  also?: string,
  merged?: Json,
): Job => ({
  data: dataPart,
  teacher,
  student,
  ...(also === undefined ? {} : { also }),
  ...(merged === undefined ? {} : { with: merged }),
});

const ce = { type: "ce", weight: 0.3 };

const kept = (one: Job): Job => ({ ...one, isKept: true });

export const jobs: readonly Job[] = [
  job("digitsNpz", "forest", "mlp"),
  job("digitsNpz", "forestArrays", "fileDense"),
  job("digitsNpz", "sklearnNetwork", "deep"),
  job("digitsNpz", "torchDense", "mlp"),
  job("digitsNpz", "torchDenseOne", "mlp"),
  job("digitsNpz", "torchHalf", "mlp"),
  job("digitsNpz", "saidLogits", "fileDense"),
  job("digitsNpz", "ensemble", "mlp"),
  job("digitsNpz", "layers", "mlp"),
  job("digitsNpz", "experiment", "deep"),
  job("digitsNpz", "tfjs", "mlp"),
  job("digitsNpz", "layers", "mlp", "loss `hint`", {
    losses: [{ type: "hint", student: "hidden1", teacher: "wide", projector: "linear", weight: 1 }, ce],
  }),
  job("digitsNpz", "layers", "deep", "two stages, the hint first", {
    stages: [
      {
        name: "hint",
        losses: [{ type: "hint", student: "hidden1", teacher: "wide", projector: "linear", weight: 1 }],
        training: { epochs: 2 },
      },
      { name: "kd", training: { epochs: 2 } },
    ],
  }),
  job("digitsNpz", "torchDenseScript", "mlp", "loss `dkd`, cosine schedule", {
    losses: [{ type: "dkd" }, ce],
    schedule: { type: "cosine", warmup: 5 },
  }),
  job("digitsNpz", "torchDense", "mlp", "a loss of one's own", {
    losses: [{ type: "./ttm.ts", temperature: 2, weight: 0.7 }, ce],
  }),
  job("digitsNpz", "torchDense", "fileDense", "only the last layer trains", {
    student: { trainable: ["2.*"] },
  }),
  job("digitsNpz", "torchDenseScript", "mlp", "a step of two batches", {
    data: { batchSize: 16 },
    training: { epochs: 3, accumulate: 2 },
  }),
  job("digitsNpz", "torchDense", "deep", "temperature from 8 to 2, learning rate by milestones", {
    losses: [{ type: "kd", temperature: { from: 8, to: 2, over: 60 } }, ce],
    schedule: { type: "multistep", milestones: [1, 2] },
  }),
  job("digitsNpz", "saidLikeliest", "mlp"),
  job("digitsCompressed", "xgboost", "mlp"),
  job("digitsFew", "torchDense", "mlp", "samples without labels"),
  job("digitsFew", "forest", "deep", "samples without labels"),
  job("digitsGaps", "torchDense", "mlp", "labels that are missing"),
  job("digitsNpy", "torchConvolutions", "convolutions"),
  job("digitsNpy", "torchConvolutionsScript", "fileConvolutions", "shift and cutout", {
    data: {
      augment: [
        { type: "shift", pixels: 1 },
        { type: "cutout", size: 2 },
      ],
    },
  }),
  job("digitsNpy", "torchConvolutions", "resnet", "loss `dist`", { losses: [{ type: "dist" }, ce] }),
  job("digitsNpy", "torchConvolutions", "ownLayer"),
  job("digitsNpy", "torchConvolutionsScript", "ownStudent"),
  job("digitsFirst", "torchConvolutions", "convolutions"),
  job("digitsFirst", "torchConvolutions", "fileFolded"),
  job("digitsNpy", "convolutionLayers", "convolutions", "loss `reviewKd`", {
    losses: [{ type: "reviewKd", student: ["first", "second"], teacher: ["first", "second"], weight: 1 }, ce],
  }),
  job("digitsIdx", "torchConvolutions", "convolutions"),
  kept(job("irisCsv", "logistic", "fileDense")),
  job("irisCsv", "boosting", "mlp"),
  job("irisSemicolons", "supportVectors", "mlp"),
  job("cancerCsv", "lightgbm", "mlp"),
  job("cancerCsv", "xgboost", "deep"),
  job("cancerCsv", "torchDenseScript", "mlp"),
  job("wineParquet", "forest", "mlp"),
  job("wineParquet", "torchDense", "fileDense"),
  kept(job("peopleCsv", "saidProbabilities", "mlp")),
  job("peopleJsonl", "saidLogarithms", "mlp"),
  job("peopleParquet", "saidProbabilities", "deep"),
  job("diabetesCsv", "forestNumbers", "mlp"),
  job("diabetesCsv", "lightgbmNumbers", "fileDense"),
  job("diabetesCsv", "ridge", "mlp", "loss `huber`", {
    losses: [
      { type: "kd", weight: 0.5 },
      { type: "huber", weight: 0.5 },
    ],
  }),
  job("diabetesCsv", "xgboostNumbers", "deep"),
  job("diabetesCsv", "forestNumbers", "deep", "numbers learned standardised", {
    data: { standardizeTargets: true },
  }),
  kept(job("twoNumbers", "forestNumbers", "fileDense")),
  job("twoNumbers", "torchDense", "deep"),
  job("labelsNpy", "torchDense", "mlp"),
  kept(job("labelsCsv", "torchDenseScript", "fileDense")),
  job("cifar", "torchConvolutions", "fileConvolutions"),
  job("cifar", "resnet18", "resnet", "crop, flip and mixup", {
    data: { augment: [{ type: "crop", padding: 2 }, { type: "flip" }, { type: "mixup", alpha: 0.2 }] },
  }),
  job("pngFolders", "torchConvolutionsScript", "fileConvolutions"),
  job("jpegTable", "torchConvolutions", "fileFolded"),
  job("parquetImages", "torchConvolutions", "vit"),
  job("parquetImages", "vit", "fileConvolutions"),
  job("pictures", "mobilenet", "fileMobilenet"),
  job("pictures", "resnet18", "fileConvnext"),
  job("pictures", "torchConvolutions", "fileConvnextOne"),
  job("pictures", "vit", "fileVit"),
  job("pictures", "mobilenet", "mobilenet"),
  job("pictures", "torchConvolutions", "fileResnet18"),
  job("pictures", "resnet18", "fileImagenet"),
  job("pictures", "torchConvolutions", "fileConvolutions", "resized crops and colours, two views", {
    data: { augment: [{ type: "randomResizedCrop" }, { type: "colorJitter" }], views: 2 },
  }),
  job("pictures", "torchConvolutionsScript", "fileConvolutions", "CutMix", {
    data: { augment: [{ type: "cutMix" }] },
  }),
  job("textsJsonl", "torchWords", "words"),
  job("textsJsonl", "torchAttention", "words", "tokens dropped", {
    data: { augment: [{ type: "tokenDropout", token: 1 }] },
  }),
  kept(job("textsJsonl", "saidOfSentences", "fileWords")),
  job("textsCsv", "torchAttention", "words"),
  job("textsParquet", "torchAttention", "fileAttention"),
  job("textPairs", "torchAttention", "pairWords"),
  job("textsJsonl", "distilbert", "words"),
  job("textsCsv", "bert", "fileAttention"),
  job("textPairs", "bert", "pairWords"),
  job("textPairs", "bert", "fileBert"),
  job("textsJsonl", "distilbert", "transformer"),
  job("textsJsonl", "torchAttention", "lstm"),
  job("textsCsv", "torchAttention", "gru"),
  job("digitsNpz", "torchQuantised", "mlp"),
  job("pictures", "torchLarger", "fileConvolutions"),
  job("tokenIds", "torchWords", "words"),
];

/** The name of a job on the command line, and of its folder. */
export function jobName(one: Job): string {
  const twins = jobs.filter(
    ({ data, teacher, student }) => data === one.data && teacher === one.teacher && student === one.student,
  );
  const place = twins.indexOf(one);
  return [one.data, one.teacher, one.student, ...(place > 0 ? [place + 1] : [])].join("-");
}

/** The files of a job that CI tries. */
export const jobFixture = (one: Job): string =>
  fileURLToPath(new URL(`../fixtures/jobs/${jobName(one)}`, import.meta.url));
