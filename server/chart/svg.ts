import { bytesLabel, percentLabel, place, type Scale, tickLabel, ticks } from "./scale.ts";
import { type LegendEntry, labelOffset, type PlacedEntry, placeLegend, strokeLength } from "./svgLegend.ts";

/** A line to draw, with the range from `low` to `high` behind it where both are given. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly faint?: boolean;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number | null>;
  readonly low?: ArrayLike<number | null>;
  readonly high?: ArrayLike<number | null>;
}

/** A rectangle between these values. */
interface Tile {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
  readonly colour: string;
  readonly opacity: number;
  readonly link?: Link | undefined;
}

/** Where a click leads, and what is there. */
export interface Link {
  readonly href: string;
  readonly words: string;
}

/** A horizontal line to compare with: a teacher, a baseline. */
export interface Reference {
  readonly label: string;
  readonly value: number;
}

/** A vertical line where a stage begins. */
export interface Border {
  readonly x: number;
  /** The stage. */
  readonly label: string;
}

export interface Ink {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly ground: string;
}

export const inks: Readonly<Record<"dark" | "light", Ink>> = {
  dark: { text: "#cccccc", muted: "#9d9d9d", grid: "#808080", ground: "#1f1f1f" },
  light: { text: "#3b3b3b", muted: "#616161", grid: "#a0a0a0", ground: "#ffffff" },
};

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title?: string;
  readonly xLabel: string;
  readonly x: Scale;
  readonly y: Scale;
  /** The values are shares; the axis shows per cent. */
  readonly percent?: boolean;
  /** The values are bytes. */
  readonly bytes?: boolean;
  readonly lines: readonly Line[];
  /** Below the lines. */
  readonly tiles?: readonly Tile[];
  readonly references?: readonly Reference[];
  readonly borders?: readonly Border[];
  readonly ink: Ink;
  readonly fontSize?: number;
  /** Background colour; transparent when absent. */
  readonly filled?: boolean;
}

/** A chart as a stand-alone SVG document: for the text editor, the hover and the panel's export. */
export function drawSvg(picture: Picture): string {
  const { width, height, ink, x, y } = picture;
  const font = picture.fontSize ?? 11;
  const yTicks = ticks(y, Math.max(2, Math.floor(height / (font * 3.5))));
  const yLabel = picture.percent ? percentLabel : picture.bytes ? bytesLabel : tickLabel;
  const labelWidth = Math.max(...yTicks.map((tick) => yLabel(tick).length), 2) * font * 0.62;
  const [left, right] = [labelWidth + font * 0.9, width - font * 0.8];
  // Most of the picture belongs to the plot.
  const rows = Math.floor((height * 0.4) / (font * 1.6));
  const legend = placeLegend(legendEntries(picture), { left, right, font, rows });
  const head = picture.title === undefined ? 0 : font * 1.7;
  const legendRows = (legend.at(-1)?.row ?? -1) + 1;
  const top = head + legendRows * font * 1.6 + font * 0.7;
  const box = { left, right, top, bottom: height - font * 1.9 };
  const atX = (value: number) => box.left + (place(x, value) ?? 0) * (box.right - box.left);
  const atY = (value: number | null) => {
    const share = value === null ? null : place(y, value);
    return share === null ? null : box.bottom - share * (box.bottom - box.top);
  };
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui,-apple-system,'Segoe UI',Ubuntu,'DejaVu Sans',sans-serif" font-size="${font}">`,
  ];
  if (picture.filled) parts.push(`<rect width="${width}" height="${height}" rx="3" fill="${ink.ground}"/>`);
  if (picture.title !== undefined) {
    parts.push(text(box.left, font * 1.35, picture.title, { fill: ink.text, weight: 600 }));
  }
  parts.push(drawLegend(legend, { top: head + font * 1.2, font, ink }));

  for (const tick of yTicks) {
    const at = atY(tick);
    if (at === null) continue;
    parts.push(
      `<path d="M${round(box.left)} ${round(at)}H${round(box.right)}" stroke="${ink.grid}" stroke-opacity=".3"/>`,
    );
    parts.push(
      text(box.left - font * 0.5, at + font * 0.35, yLabel(tick), { fill: ink.muted, anchor: "end" }),
    );
  }
  const xTicks = ticks(x, Math.max(2, Math.floor((box.right - box.left) / (font * 7))));
  for (const tick of xTicks) {
    const at = atX(tick);
    parts.push(
      `<path d="M${round(at)} ${round(box.bottom)}v${round(font * 0.3)}" stroke="${ink.grid}" stroke-opacity=".6"/>`,
    );
    const label = tickLabel(tick);
    const end = at + label.length * font * 0.3;
    if (end < box.right - font * (picture.xLabel.length * 0.6 + 0.6)) {
      parts.push(text(at, height - font * 0.55, label, { fill: ink.muted, anchor: "middle" }));
    }
  }
  parts.push(text(box.right, height - font * 0.55, picture.xLabel, { fill: ink.muted, anchor: "end" }));

  const clip = `c${Math.round(box.left)}-${Math.round(box.top)}-${width}`;
  parts.push(
    `<clipPath id="${clip}"><rect x="${round(box.left)}" y="${round(box.top - 2)}" width="${round(box.right - box.left)}" height="${round(box.bottom - box.top + 4)}"/></clipPath><g clip-path="url(#${clip})" fill="none" stroke-linejoin="round">`,
  );
  for (const tile of picture.tiles ?? []) parts.push(drawTile(tile, { atX, atY }));
  for (const { value } of picture.references ?? []) {
    const at = atY(value);
    if (at !== null) {
      parts.push(
        `<path d="M${round(box.left)} ${round(at)}H${round(box.right)}" stroke="${ink.muted}" stroke-dasharray="${levelDash.join(" ")}"/>`,
      );
    }
  }
  for (const { x: border } of picture.borders ?? []) {
    parts.push(
      `<path d="M${round(atX(border))} ${round(box.top)}V${round(box.bottom)}" stroke="${ink.muted}" stroke-dasharray="${borderDash.join(" ")}"/>`,
    );
  }
  for (const line of picture.lines) parts.push(drawLine(line, { atX, atY }));
  for (const line of picture.lines)
    parts.push(markNonPositive(line, { atX, bottom: box.bottom, log: y.log }));
  parts.push("</g>");
  for (const line of picture.lines) parts.push(drawLonePoints(line, { atX, atY, x }));
  return `${parts.join("")}</svg>`;
}

interface Places {
  readonly atX: (value: number) => number;
  readonly atY: (value: number | null) => number | null;
}

function drawTile({ x, y: [low, high], colour, opacity, link }: Tile, { atX, atY }: Places): string {
  const [left, right] = x.map((value) => round(atX(value))) as [number, number];
  const [top, bottom] = [atY(high), atY(low)];
  if (top === null || bottom === null) return "";
  const tile = `<path d="M${left} ${round(top)}H${right}V${round(bottom)}H${left}Z" fill="${colour}" fill-opacity="${opacity.toFixed(2)}"/>`;
  return link === undefined
    ? tile
    : `<a href="${markup(link.href)}"><title>${markup(link.words)}</title>${tile}</a>`;
}

function drawLine(line: Line, { atX, atY }: Places): string {
  const band = line.low && line.high ? drawBand(line, line.low, line.high, { atX, atY }) : "";
  const points = pointsOf(line, { atX, atY });
  let path = "";
  for (const [i, point] of points.entries())
    if (point !== undefined && !isLone(points, i))
      path += `${points[i - 1] === undefined ? "M" : "L"}${point}`;
  const dashes = line.dash?.length ? ` stroke-dasharray="${line.dash.join(" ")}"` : "";
  const weight = line.faint ? `stroke-width="1" stroke-opacity=".35"` : `stroke-width="1.6"`;
  return [
    band,
    path && `<path d="${path}" stroke="${line.colour}" stroke-linecap="round" ${weight}${dashes}/>`,
  ].join("");
}

/** Dots, over the edge too, where a clip would leave half of one: a single point has no length, so a round cap draws it. */
function drawLonePoints(line: Line, { x: { min, max }, ...places }: Places & Pick<Picture, "x">): string {
  const points = pointsOf(line, places);
  const dots = points.flatMap((point, i) => {
    const at = line.x[i] ?? Number.NaN;
    return point !== undefined && isLone(points, i) && at >= min && at <= max ? [`M${point}h.01`] : [];
  });
  if (dots.length === 0) return "";
  return `<path d="${dots.join("")}" stroke="${line.colour}" stroke-linecap="round" stroke-width="4"/>`;
}

/** `12.5 40`; undefined where there is no value, or no place for it. */
const pointsOf = (line: Line, { atX, atY }: Places): (string | undefined)[] =>
  Array.from(line.x, (x, i) => {
    const at = atY(line.y[i] ?? null);
    return at === null ? undefined : `${round(atX(x))} ${round(at)}`;
  });

const isLone = (points: readonly (string | undefined)[], i: number): boolean =>
  points[i - 1] === undefined && points[i + 1] === undefined;

function drawBand(
  line: Line,
  low: ArrayLike<number | null>,
  high: ArrayLike<number | null>,
  { atX, atY }: Places,
): string {
  const there: string[] = [];
  const back: string[] = [];
  for (let i = 0; i < line.x.length; i++) {
    const upper = atY(high[i] ?? null);
    const lower = atY(low[i] ?? null) ?? upper;
    if (upper === null || lower === null) continue;
    const at = round(atX(line.x[i] ?? 0));
    there.push(`${at} ${round(upper)}`);
    back.unshift(`${at} ${round(lower)}`);
  }
  if (there.length < 2) return "";
  return `<path d="M${there.join("L")}L${back.join("L")}Z" fill="${line.colour}" fill-opacity=".18" stroke="none"/>`;
}

/** A log scale has no place for values ≤ 0: a small triangle on the lower edge marks them. */
function markNonPositive(
  line: Line,
  { atX, bottom, log }: { atX: Places["atX"]; bottom: number; log: boolean },
): string {
  if (!log) return "";
  let marks = "";
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < line.x.length; i++) {
    const value = line.low?.[i] ?? line.y[i];
    if (value === null || value === undefined || value > 0) continue;
    const at = atX(line.x[i] ?? 0);
    if (at - last < 6) continue;
    last = at;
    marks += `M${round(at - 3)} ${round(bottom - 5)}h6l-3 5z`;
  }
  return marks && `<path d="${marks}" fill="${line.colour}" stroke="none"/>`;
}

/** Dashes of a level, in its line and in the legend. */
const levelDash = [5, 4];

const borderDash = [1.5, 3];

/**
 * Names of lines, levels and borders. Levels are named here and not beside their lines, where a name would cover nearby curves.
 * A single line needs no name.
 */
function legendEntries({ lines, references = [], borders = [], ink }: Picture): LegendEntry[] {
  const named = lines.filter((line) => !line.faint);
  const levels = references.map(({ label }) => ({ label, colour: ink.muted, dash: levelDash }));
  const begun = borders.map(({ label }) => ({
    label: `${label} begins`,
    colour: ink.muted,
    dash: borderDash,
  }));
  const others = [...levels, ...begun];
  return named.length + others.length > 1 ? [...named, ...others] : [];
}

function drawLegend(
  entries: readonly PlacedEntry[],
  { top, font, ink }: { top: number; font: number; ink: Ink },
): string {
  return entries
    .map(({ label, colour, dash, x, row }) => {
      const y = top + row * font * 1.6;
      const dashes = dash?.length ? ` stroke-dasharray="${dash.join(" ")}"` : "";
      const stroke = `<path d="M${round(x)} ${round(y)}h${strokeLength}" stroke="${colour}" stroke-width="2"${dashes}/>`;
      return stroke + text(x + labelOffset, y + font * 0.35, label, { fill: ink.text });
    })
    .join("");
}

function text(
  x: number,
  y: number,
  content: string,
  { fill, anchor, weight }: { fill: string; anchor?: "end" | "middle"; weight?: number },
): string {
  const attributes = `${anchor ? ` text-anchor="${anchor}"` : ""}${weight ? ` font-weight="${weight}"` : ""}`;
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}"${attributes}>${markup(content)}</text>`;
}

const markup = (content: string): string =>
  content.replace(
    /[&<>"]/g,
    (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign,
  );

const round = (value: number): number => Math.round(value * 10) / 10;
