import { metricText } from "../../server/tasks/metricText.ts";
import { isFalling, taskOfSplits } from "../../server/tasks/tasks.ts";
import type { Parameters } from "../panel/messages.ts";
import { metricWords, number } from "../runs/wording.ts";
import { element } from "./dom.ts";
import type { ShownRun } from "./page.ts";

export interface HeatMap {
  readonly row: string;
  readonly column: string;
  readonly rows: readonly HeatMapValue[];
  readonly columns: readonly HeatMapValue[];
  readonly metric: string;
  /** By row and column; undefined where no run has these values. */
  readonly cells: readonly (readonly (HeatMapCell | undefined)[])[];
}

/** A number, or text such as `sgd` or `[64, 32]`. */
type HeatMapValue = number | string;

interface HeatMapCell {
  readonly mean: number;
  /** Of the sample; absent for a single run. */
  readonly std?: number;
  readonly count: number;
}

/** Fewer points are easier to read in the table above. */
const fewestCells = 4;

/** Runs in which exactly two values vary, such as temperature and weight, as a grid; else undefined. */
export function heatMapOf(
  runs: readonly {
    readonly metrics: Readonly<Record<string, number>>;
    readonly parameters: Parameters;
  }[],
  changed: readonly string[],
): HeatMap | undefined {
  const [row, column, ...others] = changed.filter((name) => name !== "seed");
  if (row === undefined || column === undefined || others.length > 0) return undefined;
  // Nothing is chosen by the test split: it is drawn only without validation, and then no cell is marked.
  const { key } = taskOfSplits(Object.assign({}, ...runs.map(({ metrics }) => metrics)));
  const name = [`validation.${key}`, `test.${key}`].find((candidate) =>
    runs.some(({ metrics }) => metrics[candidate] !== undefined),
  );
  const points = runs.flatMap(({ metrics, parameters }) => {
    const [y, x, value] = [axisValue(parameters[row]), axisValue(parameters[column]), metrics[name ?? ""]];
    return y !== undefined && x !== undefined && value !== undefined ? [{ y, x, value }] : [];
  });
  const [rows, columns] = [inOrder(points.map(({ y }) => y)), inOrder(points.map(({ x }) => x))];
  if (name === undefined || points.length < fewestCells || rows.length < 2 || columns.length < 2)
    return undefined;
  const cells = rows.map((y) =>
    columns.map((x) =>
      cellOf(points.filter((point) => point.y === y && point.x === x).map(({ value }) => value)),
    ),
  );
  return { row, column, rows, columns, metric: name, cells };
}

const axisValue = (value: Parameters[string] | undefined): HeatMapValue | undefined =>
  typeof value === "boolean" ? String(value) : (value ?? undefined);

/** Distinct values: numbers by size, texts in order of appearance. */
function inOrder(values: readonly HeatMapValue[]): HeatMapValue[] {
  const all = [...new Set(values)];
  return all.every((value) => typeof value === "number") ? all.sort((a, b) => a - b) : all;
}

function cellOf(values: readonly number[]): HeatMapCell | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, count };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, std: Math.sqrt(variance), count };
}

/** The grid as a table with tinted cells; the best cell has a label as well as a tint. */
export function heatMapView(map: HeatMap, runs: readonly ShownRun[]): HTMLElement {
  const known = map.cells.flat().flatMap((cell) => (cell === undefined ? [] : [cell.mean]));
  const isMean = map.cells.flat().some((cell) => cell?.std !== undefined);
  const [least, greatest] = [Math.min(...known), Math.max(...known)];
  return element("table", { class: "heat-map" }, [
    element("caption", {}, [
      element("span", {
        text: `${metricWords(map.metric)} of ${runs.length} runs, by ${map.row} (down) and ${map.column} (across)${isMean ? ", mean ± std" : ""}`,
      }),
    ]),
    element("thead", {}, [
      element("tr", {}, [
        element("td"),
        ...map.columns.map((value) =>
          element("th", { text: valueWords(value), attributes: { scope: "col" } }),
        ),
      ]),
    ]),
    element(
      "tbody",
      {},
      map.rows.map((y, row) =>
        element("tr", {}, [
          element("th", { text: valueWords(y), attributes: { scope: "row" } }),
          ...map.columns.map((_, column) => {
            const value = map.cells[row]?.[column];
            if (value === undefined) return element("td", { text: "–" });
            const share = greatest > least ? (value.mean - least) / (greatest - least) : 1;
            const best =
              map.metric.startsWith("validation.") &&
              value.mean === (isFalling(map.metric) ? least : greatest);
            const spread = value.std === undefined ? "" : ` ± ${metricText(map.metric, value.std)}`;
            const cell = element("td", {
              text: metricText(map.metric, value.mean) + spread,
              ...(best ? { class: "best", title: "the best of these" } : {}),
            });
            cell.style.setProperty("--heat", `${Math.round(share * 45)}%`);
            return cell;
          }),
        ]),
      ),
    ),
  ]);
}

const valueWords = (value: HeatMapValue): string => (typeof value === "number" ? number(value) : value);
