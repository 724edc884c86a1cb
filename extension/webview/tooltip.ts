import { element, swatch } from "./dom.ts";
import type { Trace } from "./trace.ts";

/** Most values in it, around the one that the pointer is at. */
const most = 12;

interface TooltipRow {
  readonly trace: Trace;
  readonly value: number | null;
  readonly words: string;
}

/** Every run by name beside the pointer, the greatest value first. For the eye: the values above a chart are read aloud. */
export class Tooltip {
  readonly root = element("div", { class: "tooltip", attributes: { "aria-hidden": "true" } });

  constructor() {
    this.root.hidden = true;
  }

  hide(): void {
    this.root.hidden = true;
  }

  /** @param at pixels from the left of a chart that is `width` wide */
  show(
    rows: readonly TooltipRow[],
    {
      position,
      highlight,
      at,
      width,
    }: {
      readonly position: string;
      readonly highlight: string | undefined;
      readonly at: number;
      readonly width: number;
    },
  ): void {
    const sorted = rows.toSorted(
      (a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY),
    );
    const own = sorted.findIndex(({ trace }) => trace.key === highlight);
    const from = Math.max(0, Math.min(own - (most >> 1), sorted.length - most));
    const shown = sorted.slice(from, from + most);
    const left = sorted.length - shown.length;
    this.root.replaceChildren(
      element("div", { class: "note", text: position }),
      ...shown.map(({ trace, words }) =>
        element("div", { class: trace.key === highlight ? "row at" : "row" }, [
          swatch(trace.colour, trace.dash),
          element("span", { class: "name", text: trace.run }),
          element("span", { class: "value", text: words }),
        ]),
      ),
      ...(left > 0 ? [element("div", { class: "note", text: `+${left}` })] : []),
    );
    this.root.hidden = rows.length < 2;
    // On the side where there is more room.
    this.root.style.left = at < width / 2 ? `${at + 14}px` : "";
    this.root.style.right = at < width / 2 ? "" : `${width - at + 14}px`;
  }
}
