import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pictureShape } from "../data/images/picture.ts";
import type { RawSample } from "../data/rawSample.ts";
import type { Numbers } from "../data/sampleValues.ts";
import type { ExportedModel } from "../engine/train/exportModel.ts";
import { openInspection } from "../inspection/openInspection.ts";
import type { InspectedSample, InspectQuery } from "../protocol.ts";
import { type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { explained } from "../runs/runError.ts";
import { trainedExperiment } from "../runs/runExperiment.ts";
import type { PageContent, PageSample } from "./pageContent.ts";

/** Samples on a page, of which so many are such that teacher and student disagree on, where there are. */
const sizes = { samples: 20, disagreements: 8 };
/** Bytes of all samples: of large images there are fewer. */
const mostBytes = 6_000_000;

export interface ReadPage {
  readonly content: PageContent;
  /** Bytes of the tokenizer.json that the student's texts were made numbers with. */
  readonly tokenizer?: Uint8Array;
}

/** What stands in a page with a run's student. */
export async function readPage(
  run: RunDirectory,
  { exported, samples }: { readonly exported: ExportedModel; readonly samples: RawSample },
): Promise<ReadPage> {
  const { input, output, card } = exported;
  const [{ name }, experiment] = await Promise.all([readJob(run), trainedExperiment(run)]);
  const { train } = experiment.data;
  const tokenizer = await tokenizerOf(run, train, card.tokens?.tokenizer);
  const stored = await storedSamples(run);
  const notes = [
    ...(stored.note === undefined ? [] : [stored.note]),
    ...(card.tokens && tokenizer === undefined
      ? ["Its tokenizer is not where it was in training, so texts cannot be typed here."]
      : []),
  ];
  const { text } = Object(train) as { readonly text?: unknown };
  const channels = pictureShape(samples.shape)?.[2];
  const isImage = card.tokens === undefined && (channels === 1 || channels === 3);
  const content: PageContent = {
    name,
    card,
    input: { name: input.name, dtype: input.dtype, shape: samples.shape },
    output: output.name,
    raw: { dtype: samples.dtype, range: samples.range },
    kind: tokenizer !== undefined ? "text" : isImage ? "image" : "row",
    fit: (train as { readonly fit?: PageContent["fit"] }).fit ?? "cover",
    texts: Array.isArray(text) ? text.map(String) : ["text"],
    samples: stored.samples,
    ...(stored.split === undefined ? {} : { split: stored.split }),
    notes,
  };
  return { content, ...(tokenizer === undefined ? {} : { tokenizer }) };
}

/** The file that the student's tokens name by its hash. */
async function tokenizerOf(run: RunDirectory, source: object, hash: string | undefined) {
  const { tokenizer: path } = source as { readonly tokenizer?: string };
  if (path === undefined || hash === undefined) return undefined;
  const { baseDirectory } = await readJob(run);
  const bytes = await readFile(resolve(baseDirectory, path)).catch(() => undefined);
  return bytes && createHash("sha256").update(bytes).digest("hex") === hash ? bytes : undefined;
}

interface Stored extends Partial<Pick<PageContent, "split">> {
  readonly samples: readonly PageSample[];
  readonly note?: string;
}

/** Samples from all of the split, those first on which the networks disagree. */
async function storedSamples(run: RunDirectory): Promise<Stored> {
  try {
    const { overview, samples, page, values } = await openInspection(run);
    const { note } = await samples;
    if (note !== undefined) return { samples: [], note };
    const asked = async (query: Partial<InspectQuery>): Promise<readonly InspectedSample[]> =>
      (await page({ request: 0, show: "all", order: "number", from: 0, count: 1, ...query })).samples;
    const found = new Map<number, InspectedSample>();
    const add = (more: readonly InspectedSample[]) => {
      for (const sample of more) found.set(sample.number, sample);
    };
    if (overview.sets.disagreements)
      add(await asked({ show: "disagreements", order: "sure", count: sizes.disagreements }));
    for (let i = 0; i < sizes.samples && found.size < Math.min(sizes.samples, overview.samples); i++)
      add(await asked({ from: Math.floor((i * overview.samples) / sizes.samples) }));
    const chosen = [...found.values()].sort((a, b) => a.number - b.number);
    const raw = await values(chosen.map(({ number }) => number));
    const most = Math.max(1, Math.floor((chosen.length * mostBytes) / Math.max(mostBytes, raw.byteLength)));
    return {
      split: overview.split,
      samples: chosen
        .slice(0, most)
        .map((sample, i) => ({ ...sample, values: base64Of(raw, i, chosen.length) })),
    };
  } catch (error) {
    const known = explained(error);
    if (known === undefined) throw error;
    return { samples: [], note: known.message };
  }
}

/** Those of the sample at `i`, of `count`. */
function base64Of(raw: Numbers, i: number, count: number): string {
  const size = raw.byteLength / count;
  return Buffer.from(raw.buffer, raw.byteOffset + i * size, size).toString("base64");
}
