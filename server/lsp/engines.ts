import { lookForEngines, namesEngine } from "../engineFacts.ts";
import type { EngineFacts } from "../language/facts.ts";
import type { Experiment } from "./experiments.ts";

/** What this machine can train with, as it was when an experiment that names an engine was last looked at. */
export class SeenEngines {
  #facts: EngineFacts | undefined;

  /** Answers at once. */
  get facts(): EngineFacts | undefined {
    return this.#facts;
  }

  /** Looks again, where the experiment says anything of engines. Tells whether anything is different now. */
  async refresh({ parsed }: Pick<Experiment, "parsed">): Promise<boolean> {
    if (!namesEngine(parsed.root)) return false;
    const before = JSON.stringify(this.#facts);
    this.#facts = await lookForEngines();
    return JSON.stringify(this.#facts) !== before;
  }
}
