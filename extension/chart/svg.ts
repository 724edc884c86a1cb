import { place, type Scale, tickLabel, ticks } from "./scale.ts";

/** A line to draw. Where `low` and `high` are given, the range between them is drawn behind it. */
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

/** A level that lines are held against: a teacher, a baseline. */
export interface Reference {
  readonly label: string;
  readonly value: number;
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
  readonly lines: readonly Line[];
  readonly references?: readonly Reference[];
  readonly ink: Ink;
  readonly fontSize?: number;
  /** Behind everything; absent: see-through. */
  readonly filled?: boolean;
}

/** A chart as a stand-alone SVG document: for the text editor, the hover and the panel's export. */
export function drawSvg(picture: Picture): string {
  const { width, height, ink, x, y } = picture;
  const font = picture.fontSize ?? 11;
  const yTicks = ticks(y, Math.max(2, Math.floor(height / (font * 3.5))));
  const labelWidth = Math.max(...yTicks.map((tick) => tickLabel(tick).length), 2) * font * 0.62;
  const legend = picture.lines.filter((line) => !line.faint);
  const top =
    (picture.title === undefined ? 0 : font * 1.7) + (legend.length > 1 ? font * 1.6 : 0) + font * 0.7;
  const box = {
    left: labelWidth + font * 0.9,
    right: width - font * 0.8,
    top,
    bottom: height - font * 1.9,
  };
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
  if (legend.length > 1) parts.push(drawLegend(legend, { left: box.left, top: top - font * 1.1, font, ink }));

  for (const tick of yTicks) {
    const at = atY(tick);
    if (at === null) continue;
    parts.push(
      `<path d="M${round(box.left)} ${round(at)}H${round(box.right)}" stroke="${ink.grid}" stroke-opacity=".3"/>`,
    );
    parts.push(
      text(box.left - font * 0.5, at + font * 0.35, tickLabel(tick), { fill: ink.muted, anchor: "end" }),
    );
  }
  const xTicks = ticks(x, Math.max(2, Math.floor((box.right - box.left) / (font * 7))));
  for (const tick of xTicks) {
    const at = atX(tick);
    parts.push(
      `<path d="M${round(at)} ${round(box.bottom)}v${round(font * 0.3)}" stroke="${ink.grid}" stroke-opacity=".6"/>`,
    );
    if (at < box.right - font * (picture.xLabel.length * 0.6 + 1)) {
      parts.push(text(at, height - font * 0.55, tickLabel(tick), { fill: ink.muted, anchor: "middle" }));
    }
  }
  parts.push(text(box.right, height - font * 0.55, picture.xLabel, { fill: ink.muted, anchor: "end" }));

  const clip = `c${Math.round(box.left)}-${Math.round(box.top)}-${width}`;
  parts.push(
    `<clipPath id="${clip}"><rect x="${round(box.left)}" y="${round(box.top - 2)}" width="${round(box.right - box.left)}" height="${round(box.bottom - box.top + 4)}"/></clipPath><g clip-path="url(#${clip})" fill="none" stroke-linejoin="round">`,
  );
  for (const { value } of picture.references ?? []) {
    const at = atY(value);
    if (at !== null) {
      parts.push(
        `<path d="M${round(box.left)} ${round(at)}H${round(box.right)}" stroke="${ink.muted}" stroke-dasharray="5 4"/>`,
      );
    }
  }
  for (const line of picture.lines) parts.push(drawLine(line, { atX, atY }));
  for (const line of picture.lines)
    parts.push(markNonPositive(line, { atX, bottom: box.bottom, log: y.log }));
  parts.push("</g>");
  for (const { label, value } of picture.references ?? []) {
    const at = atY(value);
    if (at !== null && at >= box.top && at <= box.bottom) {
      parts.push(text(box.right, at - font * 0.35, label, { fill: ink.muted, anchor: "end" }));
    }
  }
  return `${parts.join("")}</svg>`;
}

interface Places {
  readonly atX: (value: number) => number;
  readonly atY: (value: number | null) => number | null;
}

function drawLine(line: Line, { atX, atY }: Places): string {
  const band = line.low && line.high ? drawBand(line, line.low, line.high, { atX, atY }) : "";
  let path = "";
  let pen = false;
  let lone: string | undefined;
  for (let i = 0; i < line.x.length; i++) {
    const at = atY(line.y[i] ?? null);
    if (at === null) {
      pen = false;
      continue;
    }
    const point = `${round(atX(line.x[i] ?? 0))} ${round(at)}`;
    path += `${pen ? "L" : "M"}${point}`;
    lone = pen || lone !== undefined ? "" : point;
    pen = true;
  }
  if (path === "") return band;
  // A single point has no length: drawn with a round cap it is a dot.
  const drawn = lone ? `M${lone}h.01` : path;
  const dashes = line.dash?.length ? ` stroke-dasharray="${line.dash.join(" ")}"` : "";
  const weight = line.faint ? `stroke-width="1" stroke-opacity=".35"` : `stroke-width="${lone ? 4 : 1.6}"`;
  return `${band}<path d="${drawn}" stroke="${line.colour}" stroke-linecap="round" ${weight}${dashes}/>`;
}

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

/** A log scale has no place for values ≤ 0: a small triangle on the lower edge says where they are. */
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

function drawLegend(
  lines: readonly Line[],
  { left, top, font, ink }: { left: number; top: number; font: number; ink: Ink },
): string {
  let at = left;
  let drawn = "";
  for (const line of lines) {
    const dashes = line.dash?.length ? ` stroke-dasharray="${line.dash.join(" ")}"` : "";
    drawn += `<path d="M${round(at)} ${round(top)}h14" stroke="${line.colour}" stroke-width="2"${dashes}/>`;
    drawn += text(at + 18, top + font * 0.35, line.label, { fill: ink.text });
    at += 18 + line.label.length * font * 0.6 + 16;
  }
  return drawn;
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
