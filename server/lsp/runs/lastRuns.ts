import { isDeepStrictEqual } from "node:util";
import type { LastRun } from "../../language/facts.ts";
import { teachingOf } from "../../language/teaching.ts";
import type { RunSummary } from "../../protocol.ts";
import { readManifest } from "../../runs/manifest.ts";
import { readExperiment, runDirectory } from "../../runs/runDirectory.ts";

/** What the newest run of each experiment file has found of its teacher. */
export class LastRuns {
  readonly #runs = new Map<string, { readonly key: string; readonly run: LastRun | undefined }>();

  of(file: string): LastRun | undefined {
    return this.#runs.get(file)?.run;
  }

  /**
   * Reads the newest run, which may be running; a sweep as a whole. Tells whether what is known changed.
   * @param runs those of the file, newest first
   */
  async refresh(
    { uri, file }: { readonly uri: string; readonly file: string },
    runs: readonly RunSummary[],
  ): Promise<boolean> {
    const newest = runs.find(({ member, subject }) => member === undefined && subject === undefined);
    const { directory, warnings = [], phase } = newest ?? {};
    // The teacher's outputs are known once it has given them, which a phase ends.
    const key = JSON.stringify([directory, warnings, phase]);
    const known = this.#runs.get(file);
    if (known?.key === key) return false;
    this.#runs.set(file, { key, run: known?.run });
    let run: LastRun | undefined;
    if (directory !== undefined) {
      // A run that is gone or unreadable has none.
      const [teaching, softness] = await Promise.all([
        readExperiment(runDirectory(directory)).then(
          (experiment) => ({ plain: teachingOf(experiment), augmented: teachingOf(experiment, "augmented") }),
          () => undefined,
        ),
        readManifest(runDirectory(directory)).then(
          (manifest) => manifest?.softness,
          () => undefined,
        ),
      ]);
      if (this.#runs.get(file)?.key !== key) return false; // A newer one has started meanwhile.
      const found = { uri, directory, warnings, ...(softness && { softness }) };
      const { plain, augmented } = teaching ?? {};
      run = plain === undefined ? undefined : { ...found, teaching: plain, ...(augmented && { augmented }) };
    }
    const isSame = isDeepStrictEqual(run, known?.run);
    this.#runs.set(file, { key, run });
    return !isSame;
  }
}
