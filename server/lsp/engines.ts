import { namesEngine, readEngineFacts, readMachineFacts } from "../engineFacts.ts";
import { flopsCounter } from "../flopsCounter.ts";
import type { CountFlops, EngineFacts, MachineFacts } from "../language/facts.ts";
import type { Experiment } from "./experiments.ts";

/** Engines of this machine, as of the last check of an experiment that names one. */
export class CachedEngines {
  #facts: EngineFacts | undefined;
  #machine: MachineFacts | undefined;
  #countFlops: CountFlops | undefined;

  /** Answers at once. */
  get facts(): EngineFacts | undefined {
    return this.#facts;
  }

  get machine(): MachineFacts | undefined {
    return this.#machine;
  }

  /** Undefined until an experiment has a budget that needs it. */
  get countFlops(): CountFlops | undefined {
    return this.#countFlops;
  }

  /** Looks for engines again if the experiment names any. Tells whether anything changed. */
  async refresh({ parsed }: Pick<Experiment, "parsed">): Promise<boolean> {
    const now = () => JSON.stringify([this.#facts, this.#machine, this.#countFlops !== undefined]);
    const before = now();
    this.#machine = await readMachineFacts();
    if (namesEngine(parsed.root)) this.#facts = await readEngineFacts();
    this.#countFlops ??= await flopsCounter(parsed.root);
    return now() !== before;
  }
}
