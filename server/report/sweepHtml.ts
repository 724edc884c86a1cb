import { fit } from "../chart/scale.ts";
import { drawSvg } from "../chart/svg.ts";
import { metricOf } from "../tasks/tasks.ts";
import { ink, list, section, style, table } from "./html.ts";
import { escaped, htmlPage } from "./markup.ts";
import type { SweepReport } from "./report.ts";
import { frontTable, runsTable } from "./sweepRows.ts";

/** A sweep's report as one HTML file without scripts, like that of a run. */
export const htmlSweep = (report: SweepReport): string =>
  htmlPage({
    title: report.name,
    policy: [],
    style: `${style}${sweepStyle}`,
    body: `<main>
<h1>${escaped(report.name)}</h1>
${[
  section("Result", [list(report.verdict)]),
  ...(report.front.length === 0
    ? []
    : [section("Pareto front of size and validation", [frontFigure(report), table(frontTable(report))])]),
  section("Runs", [table(runsTable(report))]),
].join("\n")}
</main>`,
  });

/** Names of runs and of parameters are long: they wrap, so that every column is in sight. */
const sweepStyle =
  ".wide th,.wide th:first-child{white-space:normal;overflow-wrap:anywhere}.wide td{white-space:normal}";

/** Trained runs as points, the front as a line, the teacher as a level. */
function frontFigure({ runs, front, key, teacher }: SweepReport): string {
  const trained = runs.flatMap(({ state, parameters, metrics }) => {
    const score = metrics[`validation.${key}`];
    return state !== "completed" || parameters === undefined || score === undefined
      ? []
      : [{ parameters, score }];
  });
  const title = `Validation ${metricOf(key)?.words ?? key} by size`;
  const svg = drawSvg({
    width: 640,
    height: 320,
    title,
    xLabel: "parameters",
    x: fit(
      trained.map(({ parameters }) => parameters),
      true,
    ),
    y: fit([...trained.map(({ score }) => score), teacher]),
    percent: metricOf(key)?.format === "percent",
    lines: [
      {
        label: "runs",
        colour: "var(--line-0)",
        // A gap behind each point, so that no line joins them.
        x: trained.flatMap(({ parameters }) => [parameters, parameters]),
        y: trained.flatMap(({ score }) => [score, null]),
      },
      {
        label: "Pareto front",
        colour: "var(--line-1)",
        x: front.map(({ parameters }) => parameters),
        y: front.map(({ validation }) => validation),
      },
    ],
    references: teacher === undefined ? [] : [{ label: "teacher", value: teacher }],
    ink,
  });
  return `<figure role="img" aria-label="${escaped(title)}">${svg}</figure>`;
}
