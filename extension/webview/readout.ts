import { element, swatch } from "./dom.ts";

/** One run's value, at the cursor or the last one. */
export interface ReadValue {
  readonly run: string;
  readonly colour: string;
  readonly dash: readonly number[];
  words(): string;
}

/** Most values in one line. */
const most = 6;

/** The line above a chart: the cursor's position, as many values as fit whole, and the number of others. */
export class Readout {
  readonly root = element("div", { class: "readout" });
  #values: readonly ReadValue[] = [];
  #position: string | undefined;
  #filled = "";

  fill(values: readonly ReadValue[], position?: string): void {
    this.#values = values;
    this.#position = position;
    const first = values.slice(0, most).map(({ run, colour, dash, words }) => [run, colour, dash, words()]);
    const filled = JSON.stringify([position, values.length, first]);
    // To find out what fits lays the page out: not for the same words.
    if (filled !== this.#filled) this.fit();
    this.#filled = filled;
  }

  /** Again in another width. */
  fit(): void {
    const [values, position] = [this.#values, this.#position];
    const shown = element(
      "span",
      { class: "values" },
      values
        .slice(0, most)
        .map(({ run, colour, dash, words }) =>
          element("span", { class: "value", title: run }, [swatch(colour, dash), words()]),
        ),
    );
    // Sized for its longest text, so that it always fits.
    const more = element("span", { class: "note", text: values.length > 1 ? `+${values.length}` : "" });
    this.root.replaceChildren(
      ...(position === undefined ? [] : [element("span", { class: "position", text: position })]),
      shown,
      more,
    );
    dropWrapped(shown);
    const left = values.length - shown.children.length;
    more.textContent = left > 0 ? `+${left}` : "";
  }
}

/** Removes what does not fit in the first line; the first value always stays. */
function dropWrapped(values: HTMLElement): void {
  const [first, ...others] = [...values.children] as HTMLElement[];
  const wrapped = others.filter(({ offsetTop }) => offsetTop > (first?.offsetTop ?? 0));
  for (const value of wrapped) value.remove();
}
