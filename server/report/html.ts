import { colour } from "../chart/colours.ts";
import { fit } from "../chart/scale.ts";
import { stageBorders } from "../chart/stageBorders.ts";
import { drawSvg, type Ink } from "../chart/svg.ts";
import type { Confusion } from "../statistics/confusion.ts";
import { networkWords } from "../statistics/networkWords.ts";
import { metricOf, taskOf } from "../tasks/tasks.ts";
import type { InspectedReport } from "./inspected.ts";
import { aboveSamples, anchorsOf, cellAnchor, sampleSections, sampleStyle } from "./inspectedHtml.ts";
import { escaped, htmlPage } from "./markup.ts";
import type { RunReport } from "./report.ts";
import { dataTable, factRows, filesTable, networksTable, type ReportTable, verdictLines } from "./rows.ts";

/**
 * A report as one HTML file without scripts that needs nothing else: charts as SVG, colours that follow the reader's
 * light or dark scheme. Every text of the run is escaped.
 */
export function htmlReport(report: RunReport): string {
  const { name, experiment, notes, confusion, inspected } = report;
  const sections = [
    section("Result", [
      table(networksTable(report)),
      list(verdictLines(report)),
      ...(notes.length === 0 ? [] : ["<h3>Notes</h3>", list(notes)]),
    ]),
    section("Curves", charts(report)),
    ...(confusion ? [section("Confusion", confusionTables(confusion, inspected))] : []),
    ...(inspected
      ? [
          ...aboveSamples(inspected, ink).map(([title, parts]) => section(title, parts)),
          section("Samples", sampleSections(inspected)),
        ]
      : []),
    section("Data", [table(dataTable(report))]),
    section("Files", [table(filesTable(report))]),
    section("Run", [definitions(factRows(report))]),
    section("Experiment", [
      `<details><summary>As it was resolved</summary><pre>${escaped(JSON.stringify(experiment, null, 2))}</pre></details>`,
    ]),
  ];
  return htmlPage({
    title: name,
    policy: ["img-src data:"],
    style: `${style}${sampleStyle}`,
    body: `<main>
<h1>${escaped(name)}</h1>
${experiment.description ? `<p>${escaped(experiment.description)}</p>` : ""}
${sections.filter((html) => html !== "").join("\n")}
</main>`,
  });
}

export const section = (title: string, parts: readonly string[]): string =>
  parts.some((part) => part !== "")
    ? `<section><h2>${title}</h2>\n${parts.filter((part) => part !== "").join("\n")}\n</section>`
    : "";

export const list = (lines: readonly string[]): string =>
  lines.length === 0 ? "" : `<ul>${lines.map((line) => `<li>${withCode(line)}</li>`).join("")}</ul>`;

/** What stands between backticks is code. */
const withCode = (line: string): string => escaped(line).replace(/`([^`\n]+)`/g, "<code>$1</code>");

const definitions = (rows: readonly (readonly [string, string])[]): string =>
  `<dl>${rows.map(([term, words]) => `<dt>${escaped(term)}</dt><dd>${escaped(words)}</dd>`).join("")}</dl>`;

export function table({ head, rows }: ReportTable): string {
  if (rows.length === 0) return "";
  const cells = (tag: "th" | "td", row: readonly string[], scope = "") =>
    row
      .map((cell, index) =>
        index === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<${tag}${scope}>${escaped(cell)}</${tag}>`,
      )
      .join("");
  return `<div class="wide"><table><thead><tr>${cells("th", head, ' scope="col"')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells("td", row)}</tr>`)
    .join("")}</tbody></table></div>`;
}

/** A table for each network; a cell is the darker, the larger its share of the class, and leads to its samples where they are shown. */
function confusionTables(
  { split, classes, counts }: Confusion,
  { cells = [] }: Partial<InspectedReport> = {},
): string[] {
  const anchors = anchorsOf(cells);
  return Object.entries(counts).map(([network, matrix]) => {
    const rows = matrix.map((row, index) => {
      const sum = row.reduce((total, number) => total + number, 0);
      const tds = row.map((number, column) => {
        const share = sum === 0 ? 0 : number / sum;
        const kind = column === index ? "right" : "wrong";
        const anchor = cellAnchor({ network: "student", label: index, predicted: column });
        const text =
          network === "student" && anchors.has(anchor) ? `<a href="#${anchor}">${number}</a>` : number || "";
        return `<td class="${kind}" style="--share:${share.toFixed(3)}">${text}</td>`;
      });
      return `<tr><th scope="row">${escaped(classes[index] ?? "")}</th>${tds.join("")}</tr>`;
    });
    const head = classes.map((name) => `<th scope="col">${escaped(name)}</th>`).join("");
    return `<details${network === "student" ? " open" : ""}><summary>${escaped(networkWords(network))}, ${split}: rows are labels, columns are predictions</summary><div class="wide"><table class="confusion"><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div></details>`;
  });
}

export const ink: Ink = {
  text: "var(--text)",
  muted: "var(--muted)",
  grid: "var(--muted)",
  ground: "var(--ground)",
};

/** The losses in one chart, and each metric of the task's tables in one of its own. */
function charts({ curves, networks, task, manifest }: RunReport): string[] {
  const losses = Object.keys(curves).filter((name) => !name.startsWith("validation."));
  const metrics = taskOf(task).shown.map((name) => `validation.${name}`);
  return [losses, ...metrics.map((name) => [name])].flatMap((names) => {
    const drawn = names.flatMap((name) => {
      const series = curves[name];
      return series !== undefined && series.step.length > 1 ? [{ name, series }] : [];
    });
    const [first] = drawn;
    if (first === undefined) return [];
    const metric = first.name.startsWith("validation.") ? first.name.slice("validation.".length) : undefined;
    const references =
      metric === undefined
        ? []
        : networks.flatMap(({ network, validation }) => {
            const value = validation?.[metric];
            return network === "student" || typeof value !== "number" ? [] : [{ label: network, value }];
          });
    const title = metric === undefined ? "Losses" : `${metricOf(metric)?.words ?? metric} on validation`;
    const svg = drawSvg({
      width: 640,
      height: 260,
      title,
      xLabel: "step",
      x: fit(drawn.flatMap(({ series }) => [...series.step])),
      y: fit([...drawn.flatMap(({ series }) => [...series.last]), ...references.map(({ value }) => value)]),
      percent: metric !== undefined && metricOf(metric)?.format === "percent",
      borders: stageBorders(manifest?.stages),
      lines: drawn.map(({ name, series }, index) => ({
        label: /^terms\.(.+)\.raw$/.exec(name)?.[1] ?? (metric === undefined ? name : "student"),
        colour: `var(--line-${index % lineColours})`,
        x: series.step,
        y: series.last,
        low: series.min,
        high: series.max,
      })),
      references,
      ink,
    });
    return [`<figure role="img" aria-label="${escaped(title)}">${svg}</figure>`];
  });
}

const lineColours = 8;
const lines = (ground: "dark" | "light"): string =>
  Array.from({ length: lineColours }, (_, index) => `--line-${index}:${colour(index, ground)}`).join(";");

export const style = `
:root{color-scheme:light dark;--text:#1f1f1f;--muted:#616161;--ground:#fff;--edge:#d0d0d0;--right:8 127 91;--wrong:179 89 0;${lines("light")}}
@media (prefers-color-scheme:dark){:root{--text:#ddd;--muted:#a0a0a0;--ground:#1b1b1b;--edge:#444;--right:62 207 155;--wrong:255 166 61;${lines("dark")}}}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid var(--edge)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid var(--edge)}td{white-space:nowrap}th:first-child{text-align:left;white-space:nowrap}
td:nth-child(3):last-child{white-space:normal;overflow-wrap:anywhere}
@media (max-width:62rem){table{font-size:.85rem}th,td{padding:.2rem .35rem}}
.wide{overflow-x:auto}
.confusion td,.confusion th{padding:.1rem .4rem;min-width:1.6rem;text-align:center;border:1px solid var(--edge)}
.right{background:rgb(var(--right)/calc(var(--share)*.4))}.wrong{background:rgb(var(--wrong)/min(var(--share)*1.2,.4))}
figure{display:inline-block;margin:.5rem 0;max-width:100%}figure svg{max-width:100%;height:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
pre{overflow-x:auto;font-size:.85rem}summary{cursor:pointer}
@media print{details>*{display:block}}
`;
