/** What the tests of a file do without a mutant. */
export interface Baseline {
  readonly tests: readonly BaselineTest[];
  /** How often each mutant is reached while modules are loaded. */
  readonly atLoad: Readonly<Record<string, number>>;
  /** Tests that fail here without a mutant, with their error. They can kill none. */
  readonly unfit: readonly string[];
}

export interface BaselineTest {
  readonly name: string;
  readonly milliseconds: number;
  /** How often the test reaches each mutant. */
  readonly hits: Readonly<Record<string, number>>;
  /** A process that the test starts loads the file: it may reach any mutant. */
  readonly inChild: boolean;
}

/** What a worker is to do. */
export interface Job {
  /** Of the file that has mutants. */
  readonly url: string;
  /** Path of its instrumented source. */
  readonly source: string;
  /** URLs of the test files. */
  readonly tests: readonly string[];
  /** Ids of mutants. */
  readonly mutants: readonly string[];
  /** Measured anew when absent. */
  readonly baseline?: Baseline;
  /** A file that appears once a child process loads the mutated file. */
  readonly loaded: string;
}

/** What a worker says. */
export type Report =
  | { readonly kind: "baseline"; readonly baseline: Baseline }
  | { readonly kind: "begin"; readonly mutant: string; readonly limitMilliseconds: number }
  | { readonly kind: "result"; readonly mutant: string; readonly killedBy?: string };
