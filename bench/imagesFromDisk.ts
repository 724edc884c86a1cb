import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { RunEvent } from "../schemas/run-event.gen.ts";
import { xoshiro128 } from "../server/data/random.ts";
import { distillProgram } from "./endToEnd.ts";
import type { Peer } from "./peer.ts";
import { rounded, type Spread, spread } from "./statistics.ts";

export interface ImagesFromDisk {
  readonly images: number;
  /** Ratio of the medians of a step, images from disk on both sides. */
  readonly ratioToPyTorch: number;
  readonly stepMs: Spread;
  readonly pytorchStepMs: Spread;
  /** Share of our steps' time that they waited for images. */
  readonly waitingForData: number;
  /** Threads that read ahead of our steps, and processes that decode ahead of PyTorch's. */
  readonly workers: number;
}

const [count, side, batch, steps] = [4000, 64, 128, 300] as const;
/** We have one thread that reads. */
const workers = 1;

/**
 * A step of a small convolutional net with JPEG files as samples that are not in memory, against the same step with
 * torchvision-style images in a DataLoader with as many workers. Ours are decoded once and read from the cache, of a second run;
 * PyTorch decodes in each epoch, the usual way.
 */
export async function benchImagesFromDisk(
  peer: Peer,
  { threads }: { threads: number },
): Promise<ImagesFromDisk> {
  const folder = mkdtempSync(join(tmpdir(), "images-"));
  try {
    await makeImages(join(folder, "photos"));
    trainOnce(folder, threads); // decodes
    const events = trainOnce(folder, threads);
    const ended = events.at(-1);
    if (ended?.type !== "completed") throw new Error("The run was not completed.");
    // The first steps are those in which all is warmed up.
    const ours = events.flatMap((event) =>
      event.type === "step" && typeof event.stepMs === "number" ? [event.stepMs] : [],
    );
    const { ms } = await peer.ask<{ ms: number[] }>({
      do: "images",
      folder: join(folder, "photos"),
      batch,
      steps,
      workers,
    });
    const [stepMs, pytorchStepMs] = [spread(ours.slice(2)), spread(ms.slice(20))];
    return {
      images: count,
      ratioToPyTorch: rounded(stepMs.median / pytorchStepMs.median),
      stepMs,
      pytorchStepMs,
      waitingForData: rounded(ended.summary.waitingForData ?? 0),
      workers,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function trainOnce(folder: string, threads: number): readonly RunEvent[] {
  const conv = (filters: number) => ({
    type: "conv2d",
    filters,
    kernelSize: 3,
    strides: 2,
    padding: "same",
    activation: "relu",
  });
  const experiment = {
    data: {
      train: { type: "images", folder: "photos", size: [side, side] },
      normalize: { scale: 1 / 255 },
      batchSize: batch,
      storage: "disk",
    },
    student: {
      layers: [...[16, 32, 32].map(conv), { type: "globalAveragePooling2d" }, { type: "dense", units: 10 }],
    },
    losses: [{ type: "ce" }],
    optimizer: { type: "adamw", learningRate: 1e-3 },
    training: { steps, reportEvery: 10 },
    baselines: { studentAlone: false },
    seed: 1,
    threads,
  };
  const runs = join(folder, ".distill", "runs");
  rmSync(runs, { recursive: true, force: true });
  writeFileSync(join(folder, "images.distill.json"), JSON.stringify(experiment));
  execFileSync(process.execPath, [distillProgram, "run", "images.distill.json"], { cwd: folder });
  const [run = ""] = readdirSync(runs).filter((name) => !name.startsWith("."));
  return readFileSync(join(runs, run, "events.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
}

/** JPEG files of noise, in a folder for each of ten classes. */
async function makeImages(folder: string): Promise<void> {
  const next = xoshiro128([1, 2, 3, 4]);
  for (let label = 0; label < 10; label++) mkdirSync(join(folder, String(label)), { recursive: true });
  for (let i = 0; i < count; i++) {
    const pixels = Uint8Array.from({ length: side * side * 3 }, () => next() >>> 24);
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 80 })
      .toFile(join(folder, String(i % 10), `${i}.jpg`));
  }
}
