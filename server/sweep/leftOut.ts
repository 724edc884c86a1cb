import type { Job } from "../../schemas/run-files.gen.ts";
import { counted, grouped } from "../grouped.ts";
import { settingsText } from "../terminal/wording.ts";
import type { Settings } from "./expand.ts";
import { mostRuns } from "./mostRuns.ts";

/** Combinations that are named in a sentence. */
const mostNamed = 10;

/** Combinations that stay in a job: of a grid, all. */
const mostKept = mostRuns;

/** A combination whose student is larger than a limit of its sweep's budget. */
export type TooLarge = NonNullable<Job["large"]>["named"][number];

/** What a student may cost, the cheapest to find out first. */
export const sizeMeasures = ["parameters", "bytes", "int8Bytes", "flops"] as const;

export type SizeMeasure = (typeof sizeMeasures)[number];

export const sizeText: Readonly<Record<SizeMeasure | "latencyMs", (size: number) => string>> = {
  parameters: (size) => counted(size, "parameter"),
  bytes: (size) => counted(size, "byte"),
  int8Bytes: (size) => `${counted(size, "byte")} in int8`,
  flops: (size) => `${grouped(size)} FLOPs`,
  latencyMs: (ms) => `${ms} ms a prediction`,
};

/** What stays in the job of a sweep of the combinations that are too large; undefined where none is. */
export function largeOnes(all: readonly TooLarge[]): Job["large"] {
  const named = all.toSorted((a, b) => a.size - b.size).slice(0, mostKept);
  return all.length === 0 ? undefined : { count: all.length, named };
}

/** A combination that a sweep does not train because of its budget. */
export interface LeftOut {
  readonly settings: Settings;
  /** The first limit that its student does not keep, and what it has of that. */
  readonly measure: SizeMeasure | "latencyMs";
  readonly limit: number;
  readonly size: number;
}

/** Those of them that the job names: the smallest first, then the fastest. */
export const leftOutOnes = ({ large, latency }: Pick<Job, "large" | "latency">): readonly LeftOut[] => [
  ...(large?.named ?? []),
  ...(latency?.nets ?? [])
    .flatMap(({ ms, refused = [] }) =>
      refused.map((settings) => ({
        settings,
        measure: "latencyMs" as const,
        limit: latency?.limit ?? 0,
        size: ms,
      })),
    )
    .sort((a, b) => a.size - b.size),
];

/** The same in sentences. */
export const leftOutTexts = ({ large, latency }: Pick<Job, "large" | "latency">): string[] =>
  [largeText(large), slowText(latency)].filter((text) => text !== undefined);

/**
 * Which combinations a sweep does not train, as their students are larger than its budget allows:
 * `Larger than 20,000 parameters, so not trained: student.hidden[0]=512 (407,050 parameters)`. undefined where there are none.
 */
export function largeText(large: Job["large"]): string | undefined {
  if (large === undefined) return undefined;
  const { count, named } = large;
  const limits = [...new Set(named.map(({ measure, limit }) => sizeText[measure](limit)))];
  const told = named.slice(0, mostNamed);
  const words = told.map(
    ({ settings, measure, size }) => `${settingsText(settings)} (${sizeText[measure](size)})`,
  );
  const rest = count > told.length ? `, and ${counted(count - told.length, "other combination")}` : "";
  return `Larger than ${limits.join(" or ")}, so not trained: ${words.join(", ")}${rest}`;
}

/**
 * Which combinations a sweep does not train, as their students take longer than its budget allows, the fastest first:
 * `Slower than 0.5 ms a prediction, so not trained: student.hidden[0]=512 (0.81 ms)`. undefined where there are none.
 */
export function slowText(latency: Job["latency"]): string | undefined {
  const slow = (latency?.nets ?? [])
    .flatMap(({ ms, refused: [first, ...others] = [] }) =>
      first === undefined ? [] : [{ ms, first, others }],
    )
    .sort((a, b) => a.ms - b.ms);
  if (slow.length === 0) return undefined;
  const words = slow.slice(0, mostNamed).map(({ ms, first, others }) => {
    const more = others.length === 0 ? "" : ` and ${others.length} more with its layers`;
    return `${settingsText(first)}${more} (${ms} ms)`;
  });
  const rest = slow.length > mostNamed ? `, and ${slow.length - mostNamed} other students` : "";
  return `Slower than ${latency?.limit} ms a prediction, so not trained: ${words.join(", ")}${rest}`;
}

/** Which combinations a budget of sizes does not hold for. */
export function unsizedText(measure: SizeMeasure, settings: readonly Settings[]): string {
  const words = settings.slice(0, mostNamed).map(settingsText);
  const rest =
    settings.length > mostNamed ? `, and ${counted(settings.length - mostNamed, "other combination")}` : "";
  return `Not known before training, so trained whatever their \`${measure}\`: ${words.join(", ")}${rest}.`;
}

/**
 * The combinations whose students could not be timed: `Not timed, so trained however slow: student.model=a.onnx (There is no such file.)`.
 * undefined where each was.
 */
export function untimedText(
  untimed: readonly { readonly settings: Settings; readonly why: string }[],
): string | undefined {
  if (untimed.length === 0) return undefined;
  const words = untimed.slice(0, mostNamed).map(({ settings, why }) => `${settingsText(settings)} (${why})`);
  const rest = untimed.length > mostNamed ? `, and ${untimed.length - mostNamed} other students` : "";
  return `Not timed, so trained however slow: ${words.join(", ")}${rest}`;
}
