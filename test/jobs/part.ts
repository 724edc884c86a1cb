/** A value of an experiment file. */
export type Json = Readonly<Record<string, unknown>>;

/** What people bring, as a part of experiments; jobs.ts puts parts together. */
export interface Part {
  /** In docs/jobs.md. */
  readonly says: string;
  /** The function of python/ that writes its files, or that is its twin; absent: the experiment makes it. */
  readonly make?: string;
}
