import { lookAtMachine, lookForEngines, namesEngine } from "../engineFacts.ts";
import type { EngineFacts, MachineFacts } from "../language/facts.ts";
import type { Experiment } from "./experiments.ts";

/** What this machine can train with, as it was when an experiment that names an engine was last looked at. */
export class SeenEngines {
  #facts: EngineFacts | undefined;
  #machine: MachineFacts | undefined;

  /** Answers at once. */
  get facts(): EngineFacts | undefined {
    return this.#facts;
  }

  get machine(): MachineFacts | undefined {
    return this.#machine;
  }

  /** Looks again, for engines where the experiment says anything of them. Tells whether anything is different now. */
  async refresh({ parsed }: Pick<Experiment, "parsed">): Promise<boolean> {
    const before = JSON.stringify([this.#facts, this.#machine]);
    this.#machine = await lookAtMachine();
    if (namesEngine(parsed.root)) this.#facts = await lookForEngines();
    return JSON.stringify([this.#facts, this.#machine]) !== before;
  }
}
