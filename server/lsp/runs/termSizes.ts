import type { TermSizes } from "../../language/facts.ts";
import type { RunSummary } from "../../protocol.ts";
import { readSeries, type SeriesCache } from "../../runs/series.ts";

/** Sizes of the loss terms in the last run of each experiment file. */
export class CachedTerms {
  readonly #sizes = new Map<string, { readonly run: string; readonly sizes: TermSizes }>();

  of(file: string): TermSizes | undefined {
    return this.#sizes.get(file)?.sizes;
  }

  /**
   * Reads a run that has ended, once. Tells whether the sizes changed. Uses the middle of the run: at the beginning every term
   * is large, and at the end all may be small.
   */
  async refresh(run: RunSummary): Promise<boolean> {
    const { experiment, directory, subject, state, step, sweep, member } = run;
    const known = this.#sizes.get(experiment);
    const isOlder = known !== undefined && known.run >= directory;
    // With swept values it is not the file's experiment.
    const isOther = sweep || Object.keys(member?.settings ?? {}).some((path) => path !== "seed");
    if (subject === "teacher" || isOther || state === "running" || step === 0 || isOlder) return false;
    const query = { range: [0, Math.ceil(step / 2)] as const, buckets: 1 };
    const cache: SeriesCache = new Map();
    const { available } = await readSeries(directory, { ...query, series: [] }, cache);
    const names = available.flatMap((name) => /^terms\.(.+)\.weighted$/.exec(name)?.[1] ?? []);
    const { series } = await readSeries(directory, { ...query, series: names.map(weighted) }, cache);
    const sizes: Record<string, number> = {};
    for (const name of names) {
      const last = series[weighted(name)]?.last.at(-1);
      if (typeof last === "number") sizes[name] = last;
    }
    this.#sizes.set(experiment, { run: directory, sizes });
    return names.length > 1;
  }
}

const weighted = (name: string): string => `terms.${name}.weighted`;
