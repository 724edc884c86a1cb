import type { RunSummary } from "../../../server/protocol.ts";
import { isFalling, taskOfSplits } from "../../../server/tasks/tasks.ts";
import { fullName, standingWords, title } from "../../runs/wording.ts";
import type { CellValue, Column } from "./columns.ts";
import type { Grouping, TableState } from "./tableState.ts";

/** A line of the table: a run, or the head of a group of them. */
export type Line =
  | { readonly kind: "run"; readonly run: RunSummary }
  | {
      readonly kind: "group";
      readonly key: string;
      readonly name: string;
      readonly runs: readonly RunSummary[];
      readonly isFolded: boolean;
    };

export interface Listed {
  /** In order, without those of folded groups left out. */
  readonly runs: readonly RunSummary[];
  readonly lines: readonly Line[];
}

/** The runs that pass the filters, in order, in their groups. */
export function listRows(runs: readonly RunSummary[], columns: readonly Column[], state: TableState): Listed {
  const passed = runs.filter(passes(columns, state));
  const inOrder = sorted(passed, columns, state);
  if (state.group === undefined)
    return { runs: inOrder, lines: inOrder.map((run) => ({ kind: "run", run })) };
  const { group, folded } = state;
  const groups = groupsOf(inOrder, group);
  const lines = [...groups].flatMap(([key, members]): Line[] => {
    const isFolded = folded.includes(key);
    const head: Line = { kind: "group", key, name: groupName(members, group), runs: members, isFolded };
    return [head, ...(isFolded ? [] : members.map((run): Line => ({ kind: "run", run })))];
  });
  return { runs: [...groups.values()].flat(), lines };
}

export function groupsOf(
  runs: readonly RunSummary[],
  group: Grouping,
): Map<string, [RunSummary, ...RunSummary[]]> {
  const groups = new Map<string, [RunSummary, ...RunSummary[]]>();
  for (const run of runs) {
    const key = groupKey(run, group);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [run]);
    else members.push(run);
  }
  return groups;
}

/** A run of no sweep is of its experiment's single runs. */
const groupKey = ({ member, experiment, subject }: RunSummary, group: Grouping): string =>
  group === "sweep" && member !== undefined ? member.sweep : `${subject ?? "student"}:${experiment}`;

export function groupName([run]: readonly RunSummary[], group: Grouping): string {
  if (run === undefined) return "";
  if (group === "experiment") return run.name;
  return run.member ? `${run.name}, sweep` : `${title(run)}, single runs`;
}

function passes(
  columns: readonly Column[],
  { text, state, where }: TableState,
): (run: RunSummary) => boolean {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const column = columns.find(({ id }) => id === where?.column);
  return (run) => {
    if (state !== undefined && run.state !== state) return false;
    if (where !== undefined && column !== undefined) {
      const value = column.value(run);
      if (typeof value !== "number") return false;
      if (
        where.comparison === "≥"
          ? value < where.value
          : where.comparison === "≤"
            ? value > where.value
            : value !== where.value
      )
        return false;
    }
    if (words.length === 0) return true;
    const own = searched(run);
    return words.every((word) => own.includes(word));
  };
}

const texts = new WeakMap<RunSummary, string>();

/** What the text of the filter is looked for in. */
function searched(run: RunSummary): string {
  const known = texts.get(run);
  if (known !== undefined) return known;
  const { id, experiment, note = "", tags = [], changes = [] } = run;
  const parts = [fullName(run), id, experiment, note, ...tags.map((tag) => `#${tag}`), ...changes];
  const text = [...parts, standingWords(run)].join("\n").toLowerCase();
  texts.set(run, text);
  return text;
}

/** What has no value comes last, in either direction. */
function sorted(runs: readonly RunSummary[], columns: readonly Column[], { sort }: TableState): RunSummary[] {
  if (sort === undefined) return [...runs];
  const value = sortValue(columns, sort.column);
  const sign = sort.descending ? -1 : 1;
  return runs
    .map((run) => ({ run, value: value(run) }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined)
        return Number(a.value === undefined) - Number(b.value === undefined);
      return sign * compare(a.value, b.value);
    })
    .map(({ run }) => run);
}

function sortValue(columns: readonly Column[], id: string): Column["value"] {
  if (id === "name") return fullName;
  if (id === "state") return standingWords;
  if (id === "tags") return ({ tags = [] }) => (tags.length === 0 ? undefined : tags.join(" "));
  if (id === "note") return ({ note }) => note;
  return columns.find((column) => column.id === id)?.value ?? (() => undefined);
}

/** Numbers come before texts. */
function compare(a: CellValue, b: CellValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The best run of each experiment that has several, by the metric of validation that ranks them: nothing is chosen by the test split. */
export function bestByValidation(runs: readonly RunSummary[]): Map<string, string> {
  const best = new Map<string, string>();
  for (const members of groupsOf(runs, "experiment").values()) {
    const name = `validation.${taskOfSplits(members[0].metrics).key}`;
    const measured = members.filter(({ metrics }) => metrics[name] !== undefined);
    if (measured.length < 2) continue;
    const sign = isFalling(name) ? -1 : 1;
    const first = measured.reduce((a, b) =>
      sign * (b.metrics[name] ?? 0) > sign * (a.metrics[name] ?? 0) ? b : a,
    );
    best.set(first.directory, name);
  }
  return best;
}
