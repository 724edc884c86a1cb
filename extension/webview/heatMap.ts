import type { RunDetails } from "../panel/messages.ts";
import { metric, number } from "../runs/wording.ts";
import { element } from "./dom.ts";
import type { ShownRun } from "./page.ts";

export interface HeatMap {
  readonly row: string;
  readonly column: string;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly metric: string;
  /** The mean over the runs of a cell, by row and column; undefined where none ran. */
  readonly cells: readonly (readonly (number | undefined)[])[];
}

/** Fewer points than this are read faster in the table above. */
const fewestCells = 4;

/** A sweep over two numbers, such as temperature and weight, as a grid. Undefined for anything else. */
export function heatMapOf(
  runs: readonly {
    readonly metrics: Readonly<Record<string, number>>;
    readonly parameters: RunDetails["parameters"];
  }[],
  changed: readonly string[],
): HeatMap | undefined {
  const [row, column, ...others] = changed.filter((name) => name !== "seed");
  if (row === undefined || column === undefined || others.length > 0) return undefined;
  const name = ["test.accuracy", "validation.accuracy"].find((candidate) =>
    runs.some(({ metrics }) => metrics[candidate] !== undefined),
  );
  const points = runs.flatMap(({ metrics, parameters }) => {
    const [y, x, value] = [parameters[row], parameters[column], metrics[name ?? ""]];
    return typeof y === "number" && typeof x === "number" && value !== undefined ? [{ y, x, value }] : [];
  });
  const values = (of: "x" | "y") => [...new Set(points.map((point) => point[of]))].sort((a, b) => a - b);
  const [rows, columns] = [values("y"), values("x")];
  if (name === undefined || points.length < fewestCells || rows.length < 2 || columns.length < 2)
    return undefined;
  const cells = rows.map((y) =>
    columns.map((x) => {
      const here = points.filter((point) => point.y === y && point.x === x);
      return here.length === 0 ? undefined : here.reduce((sum, { value }) => sum + value, 0) / here.length;
    }),
  );
  return { row, column, rows, columns, metric: name, cells };
}

/** The grid as a table whose cells are tinted by their value; the best one is named as such, not by its tint alone. */
export function heatMapView(map: HeatMap, runs: readonly ShownRun[]): HTMLElement {
  const known = map.cells.flat().filter((value) => value !== undefined);
  const [least, greatest] = [Math.min(...known), Math.max(...known)];
  return element("table", { class: "heat-map" }, [
    element("caption", {
      text: `${map.metric} of ${runs.length} runs, by ${map.row} (down) and ${map.column} (across)`,
    }),
    element("thead", {}, [
      element("tr", {}, [
        element("td"),
        ...map.columns.map((value) => element("th", { text: number(value), attributes: { scope: "col" } })),
      ]),
    ]),
    element(
      "tbody",
      {},
      map.rows.map((y, row) =>
        element("tr", {}, [
          element("th", { text: number(y), attributes: { scope: "row" } }),
          ...map.columns.map((_, column) => {
            const value = map.cells[row]?.[column];
            if (value === undefined) return element("td", { text: "–" });
            const share = greatest > least ? (value - least) / (greatest - least) : 1;
            const best = value === greatest;
            const cell = element("td", {
              text: metric(map.metric, value),
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
