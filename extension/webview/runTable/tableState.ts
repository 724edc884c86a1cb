import type { RunState } from "../../../server/protocol.ts";
import { stateWords } from "../../runs/wording.ts";

export const comparisons = ["≥", "≤", "="] as const;
export type Comparison = (typeof comparisons)[number];
const groupings = ["experiment", "sweep"] as const;
export type Grouping = (typeof groupings)[number];

const tableViews = ["table", "scatter", "parallel"] as const;
export type TableView = (typeof tableViews)[number];

/** How a person has set the table of runs. Columns are named by their id. */
export interface TableState {
  /** Absent: the table. */
  readonly view?: TableView;
  readonly text: string;
  readonly state?: RunState;
  readonly where?: Condition;
  readonly sort?: { readonly column: string; readonly descending: boolean };
  readonly hidden: readonly string[];
  /** Directory of the run that others are compared with. */
  readonly pinned?: string;
  readonly group?: Grouping;
  /** Keys of groups whose runs are not listed. */
  readonly folded: readonly string[];
  /** Columns of the scatter plot. */
  readonly across?: string;
  readonly up?: string;
}

interface Condition {
  readonly column: string;
  readonly comparison: Comparison;
  readonly value: number;
}

export const initialTable: TableState = { text: "", hidden: [], folded: [] };

/** The saved state, each part where it is valid. */
export function restoreTable(kept: unknown): TableState | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const { view, text, state, where, sort, hidden, pinned, group, folded, across, up } = kept as Record<
    string,
    unknown
  >;
  const known = Object.keys(stateWords).find((name) => name === state) as RunState | undefined;
  const seen = tableViews.find((name) => name === view);
  const grouping = groupings.find((name) => name === group);
  return {
    text: typeof text === "string" ? text : "",
    hidden: strings(hidden),
    folded: strings(folded),
    ...(known === undefined ? {} : { state: known }),
    ...(isCondition(where) ? { where } : {}),
    ...(isSort(sort) ? { sort } : {}),
    ...(typeof pinned === "string" ? { pinned } : {}),
    ...(seen === undefined ? {} : { view: seen }),
    ...(typeof across === "string" ? { across } : {}),
    ...(typeof up === "string" ? { up } : {}),
    ...(grouping === undefined ? {} : { group: grouping }),
  };
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

function isCondition(value: unknown): value is Condition {
  const { column, comparison, value: bound } = Object(value) as Partial<Record<keyof Condition, unknown>>;
  return (
    typeof column === "string" && comparisons.some((name) => name === comparison) && Number.isFinite(bound)
  );
}

function isSort(value: unknown): value is NonNullable<TableState["sort"]> {
  const { column, descending } = Object(value) as Record<string, unknown>;
  return typeof column === "string" && typeof descending === "boolean";
}

/** A change of the state; a part that is undefined is taken out. */
export type TableChange = { readonly [K in keyof TableState]?: TableState[K] | undefined };

export const changedTable = (state: TableState, change: TableChange): TableState =>
  Object.fromEntries(
    Object.entries({ ...state, ...change }).filter(([, value]) => value !== undefined),
  ) as unknown as TableState;
