import type { LastRun } from "../../language/facts.ts";
import { teachingOf } from "../../language/teaching.ts";
import type { RunSummary } from "../../protocol.ts";
import { readExperiment, runDirectory } from "../../runs/runDirectory.ts";

/** What the newest run of each experiment file was warned of. */
export class LastRuns {
  readonly #runs = new Map<string, { readonly key: string; readonly run: LastRun | undefined }>();

  of(file: string): LastRun | undefined {
    return this.#runs.get(file)?.run;
  }

  /**
   * Reads the newest run, which may be running; a sweep as a whole. Tells whether its warnings changed.
   * @param runs those of the file, newest first
   */
  async refresh(
    { uri, file }: { readonly uri: string; readonly file: string },
    runs: readonly RunSummary[],
  ): Promise<boolean> {
    const newest = runs.find(({ member, subject }) => member === undefined && subject === undefined);
    const { directory, warnings = [] } = newest ?? {};
    const key = JSON.stringify([directory, warnings]);
    const known = this.#runs.get(file);
    if (known?.key === key) return false;
    this.#runs.set(file, { key, run: known?.run });
    let run: LastRun | undefined;
    if (directory !== undefined && warnings.length > 0) {
      // A run that is gone or unreadable has none.
      const teaching = teachingOf(await readExperiment(runDirectory(directory)).catch(() => undefined));
      if (this.#runs.get(file)?.key !== key) return false; // A newer one has started meanwhile.
      run = teaching === undefined ? undefined : { uri, directory, teaching, warnings };
    }
    this.#runs.set(file, { key, run });
    return run !== undefined || known?.run !== undefined;
  }
}
