import { namesEngine, readEngineFacts, readMachineFacts } from "../engineFacts.ts";
import type { EngineFacts, MachineFacts } from "../language/facts.ts";
import type { Experiment } from "./experiments.ts";

/** Engines of this machine, as of the last check of an experiment that names one. */
export class CachedEngines {
  #facts: EngineFacts | undefined;
  #machine: MachineFacts | undefined;

  /** Answers at once. */
  get facts(): EngineFacts | undefined {
    return this.#facts;
  }

  get machine(): MachineFacts | undefined {
    return this.#machine;
  }

  /** Looks for engines again if the experiment names any. Tells whether anything changed. */
  async refresh({ parsed }: Pick<Experiment, "parsed">): Promise<boolean> {
    const before = JSON.stringify([this.#facts, this.#machine]);
    this.#machine = await readMachineFacts();
    if (namesEngine(parsed.root)) this.#facts = await readEngineFacts();
    return JSON.stringify([this.#facts, this.#machine]) !== before;
  }
}
