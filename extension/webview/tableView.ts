import { duration } from "../../server/duration.ts";
import { grouped } from "../../server/grouped.ts";
import { number, seriesWords, valueWords } from "../runs/wording.ts";
import { isOthers } from "./chartList.ts";
import { element } from "./dom.ts";
import type { ShownRun } from "./page.ts";
import { nearest } from "./paint.ts";

/** Most rows; the export has all. */
const mostRows = 60;

/** The charts' data as a table: for screen readers, and for reading numbers. */
export function tableView(
  runs: readonly ShownRun[],
  chosen: string | undefined,
  choose: (directory: string) => void,
): HTMLElement {
  const current = runs.find(({ run }) => run.directory === chosen) ?? runs[0];
  if (current === undefined) return element("div");
  return element("div", { class: "table-view" }, [
    runChooser(runs, current.run.directory, choose),
    element("div", { class: "scroll" }, [seriesTable(current)]),
  ]);
}

/** Which of the shown runs a view is of. */
export function runChooser(
  runs: readonly ShownRun[],
  current: string,
  choose: (directory: string) => void,
): HTMLElement {
  const select = element(
    "select",
    { attributes: { "aria-label": "Run" }, on: { change: () => choose(select.value) } },
    runs.map(({ run, name }) =>
      element("option", { text: `${name} (${run.id})`, attributes: { value: run.directory } }),
    ),
  );
  select.value = current;
  return element("label", { class: "run-chooser" }, ["Run", select]);
}

function seriesTable({ data, name }: ShownRun): HTMLTableElement {
  const names = [...data.overview.keys()].filter(
    (series) => !isOthers({ series }) && (data.overview.get(series)?.step.length ?? 0) > 0,
  );
  const loss = data.overview.get("loss");
  const steps = loss?.step ?? [];
  const every = Math.max(1, Math.ceil(steps.length / mostRows));
  const rows = steps.flatMap((step, index) => {
    // From the last step backwards, so that the most relevant row is never left out.
    if ((steps.length - 1 - index) % every !== 0) return [];
    const cells = names.map((series) => {
      const columns = data.overview.get(series);
      if (columns === undefined) return "";
      const at = nearest(columns.step, step);
      // An evaluation belongs to the row of its step, or to the nearest one listed.
      const distance = Math.abs((columns.step[at] ?? 0) - step);
      const gap = (steps[index] ?? 0) - (steps[Math.max(0, index - every)] ?? 0);
      const value = distance <= Math.max(1, gap / 2) ? columns.last[at] : undefined;
      if (value === undefined) return "";
      return value === null ? "not finite" : valueWords(series, value);
    });
    return [
      element("tr", {}, [
        element("th", { text: grouped(step), attributes: { scope: "row" } }),
        element("td", { text: number(loss?.epoch[index] ?? 0) }),
        element("td", { text: duration(loss?.time[index] ?? 0) }),
        ...cells.map((text) => element("td", { text })),
      ]),
    ];
  });
  return element("table", {}, [
    element("caption", {}, [
      element("span", {
        text: `${name}: ${rows.length} of ${grouped(steps.length)} recorded points, the last at step ${grouped(steps.at(-1) ?? 0)}`,
      }),
    ]),
    element("thead", {}, [
      element(
        "tr",
        {},
        ["Step", "Epoch", "Time", ...names.map(seriesWords)].map((text) =>
          element("th", { text, attributes: { scope: "col" } }),
        ),
      ),
    ]),
    element("tbody", {}, rows),
  ]);
}
