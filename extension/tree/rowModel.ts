import type { RunSummary } from "../../server/protocol.ts";
import { isExaminable } from "../runs/examinable.ts";
import { isOrphan } from "../runs/orphan.ts";
import type { PinnedRuns } from "../runs/pinned.ts";
import { isResumable } from "../runs/resumable.ts";
import type { RunList } from "../runs/runList.ts";
import { rowName, rowWords } from "../runs/wording.ts";

/** A row of the tree: an experiment file or one of its runs. Commands on rows receive it. */
export type Row =
  | { readonly kind: "experiment"; readonly file: string }
  | { readonly kind: "run"; readonly directory: string };

export const isRow = (value: unknown): value is Row =>
  typeof value === "object" && value !== null && "kind" in value && ("file" in value || "directory" in value);

export const keyOf = (row: Row): string => (row.kind === "experiment" ? row.file : row.directory);

/** The tree's rows, their order, and which of them changed. */
export interface RowModel {
  /**
   * Rows below a row; without one the experiments, the one with the newest run first. A run that is too damaged to say whose it is
   * has its directory for an experiment, and stands by itself.
   */
  children(row?: Row): Row[];
  parent(row: Row): Row | undefined;
  run(row: Row): RunSummary | undefined;
  isPinned(run: RunSummary): boolean;
  /** An experiment's runs, and those of its sweeps. */
  trained(file: string): number;
  running(): number;
  /** Rows whose text has changed since the last call; undefined where rows were added, removed or moved. */
  changed(): Row[] | undefined;
}

type Runs = Pick<RunList, "all" | "get" | "members" | "whole" | "trained" | "running">;

export function rowModel(runs: Runs, pinned: Pick<PinnedRuns, "has">): RowModel {
  const rows = new KnownRows();
  const runOf = (row: Row) => (row.kind === "run" ? runs.get(row.directory) : undefined);

  function below(row: Row | undefined): Row[] {
    if (row === undefined) {
      const files = new Set(runs.all().map((run) => run.experiment));
      return [...files].map((file) => {
        const unknown = runs.get(file);
        return unknown === undefined ? { kind: "experiment", file } : rowOf(unknown);
      });
    }
    if (row.kind === "run") {
      const run = runOf(row);
      return run?.sweep === undefined ? [] : runs.members(run).map(rowOf);
    }
    return runs
      .whole()
      .filter((run) => run.experiment === row.file)
      .sort((a, b) => Number(pinned.has(b.id)) - Number(pinned.has(a.id)))
      .map(rowOf);
  }

  /** The variable text of each row, from top to bottom as if all were expanded. */
  function drawn(): Map<string, string> {
    const words = new Map<string, string>();
    const add = (row: Row) => {
      const run = runOf(row);
      words.set(
        keyOf(row),
        run ? `${contextOf(run, pinned.has(run.id))} ${rowName(run)} ${rowWords(run)}` : "",
      );
      if (row.kind === "experiment" || run?.sweep) for (const inner of below(row)) add(inner);
    };
    for (const row of below(undefined)) add(row);
    return words;
  }

  return {
    children: (row) => below(row).map((it) => rows.known(it)),
    parent(row) {
      const run = runOf(row);
      if (run === undefined || isOrphan(run)) return undefined;
      const sweep = run.member && runs.get(run.member.sweep);
      return rows.known(sweep ? rowOf(sweep) : { kind: "experiment", file: run.experiment });
    },
    run: runOf,
    isPinned: (run) => pinned.has(run.id),
    trained: (file) => runs.trained().filter((run) => run.experiment === file).length,
    running: () => runs.running().length,
    changed: () => rows.stale(drawn()),
  };
}

const rowOf = ({ directory }: Pick<RunSummary, "directory">): Row => ({ kind: "run", directory });

/** Words for the `when` clauses of the row's actions. */
export function contextOf(run: RunSummary, pinned: boolean): string {
  const words = ["run", run.state];
  if (run.state !== "running") words.push("ended");
  if (isExaminable(run)) words.push("examinable");
  if (isResumable(run)) words.push("resumable");
  words.push(pinned ? "pinned" : "unpinned");
  return words.join(" ");
}

/** The rows that the editor holds, one object each as long as they exist, and their texts. */
class KnownRows {
  readonly #rows = new Map<string, Row>();
  #drawn: ReadonlyMap<string, string> = new Map();

  known(row: Row): Row {
    const key = keyOf(row);
    const before = this.#rows.get(key);
    if (before === undefined) this.#rows.set(key, row);
    return before ?? row;
  }

  /**
   * Rows whose text has changed since the last call; undefined where rows were added, removed or moved: then all are
   * new.
   */
  stale(drawn: ReadonlyMap<string, string>): Row[] | undefined {
    const before = this.#drawn;
    this.#drawn = drawn;
    const keys = [...drawn.keys()];
    if (keys.length !== before.size || [...before.keys()].some((key, index) => key !== keys[index])) {
      for (const key of this.#rows.keys()) if (!drawn.has(key)) this.#rows.delete(key);
      return undefined;
    }
    return keys
      .filter((key) => before.get(key) !== drawn.get(key))
      .flatMap((key) => this.#rows.get(key) ?? []);
  }
}
