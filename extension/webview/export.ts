import { drawSvg, inks, type Line } from "../../server/chart/svg.ts";
import type { Chart } from "./chart.ts";

const width = 560;
const plotHeight = 300;
const rowHeight = 18;
/** Most rows of the legend, two runs each. */
const mostRows = 30;
const gap = 16;

/** The visible charts as one SVG document, two per row. */
export function chartsAsSvg(charts: readonly Chart[]): { svg: string; width: number; height: number } {
  const drawn = charts.flatMap((chart) => (chart.view === undefined ? [] : [{ chart, view: chart.view }]));
  const most = Math.max(0, ...drawn.map(({ view }) => view.traces.length));
  const cell = { width, height: plotHeight + rowHeight * Math.min(mostRows, Math.ceil(most / 2)) };
  const columns = Math.min(2, Math.max(1, drawn.length));
  const whole = columns * cell.width + (columns + 1) * gap;
  const height = Math.ceil(drawn.length / columns) * (cell.height + gap) + gap;
  const ground = drawn[0]?.view.theme.ground ?? "none";
  const parts = drawn.map(({ chart, view }, index) => {
    const svg = drawSvg({
      ...cell,
      title: view.spec.title,
      xLabel: view.xAxis,
      x: view.x,
      y: chart.y,
      percent: view.spec.share,
      bytes: view.spec.bytes ?? false,
      lines: view.traces.flatMap((trace): Line[] => {
        const common = { label: trace.run, colour: trace.colour, dash: trace.dash, x: trace.x };
        const range = trace.isBand ? {} : { low: trace.low, high: trace.high };
        const raw = { ...common, y: trace.last, ...range };
        if (view.smoothing <= 0) return [raw];
        return [
          { ...raw, faint: true },
          { ...common, y: chart.smoothed(trace) },
        ];
      }),
      references: view.references,
      borders: view.borders,
      ink: { ...view.theme, grid: inks[view.theme.kind].grid },
    });
    const x = gap + (index % columns) * (cell.width + gap);
    const y = gap + Math.floor(index / columns) * (cell.height + gap);
    // A nested SVG has a coordinate system of its own; its clip paths are named after it.
    return svg
      .replace("<svg ", `<svg x="${x}" y="${y}" `)
      .replaceAll(/(id="|url\(#)(c\d+)/g, `$1p${index}$2`);
  });
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${height}" viewBox="0 0 ${whole} ${height}"><rect width="100%" height="100%" fill="${ground}"/>${parts.join("")}</svg>`,
    width: whole,
    height,
  };
}

/** The same picture as PNG at twice the size, for print. @returns base64 */
export async function chartsAsPng(charts: readonly Chart[]): Promise<string> {
  const { svg, width, height } = chartsAsSvg(charts);
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * 2;
  canvas.height = height * 2;
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png").slice("data:image/png;base64,".length);
}
