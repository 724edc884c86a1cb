import { codeSpans } from "../../server/codeSpans.ts";
import { counted } from "../../server/grouped.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { whyFailed } from "../runs/wording.ts";
import { element, swatch } from "./dom.ts";
import type { ShownRun } from "./page.ts";

/** Of a warning that many runs share, more would leave no room for its words. */
const mostSwatches = 4;

/** Of one warning with other numbers in each run, more would hide the other ones. */
const mostAlike = 3;

/** Failures and warnings of the drawn runs: a line each, with the colours of its runs. */
export class WarningLines {
  readonly root = element("section", { class: "warnings", attributes: { "aria-label": "Warnings" } });
  #drawn = "";

  update(shown: readonly Pick<ShownRun, "run" | "colour">[]): void {
    const lines = warningLines(shown);
    const drawn = JSON.stringify(lines);
    if (drawn === this.#drawn) return; // The person may be reading or copying it: it stays.
    this.#drawn = drawn;
    this.root.hidden = lines.length === 0;
    this.root.replaceChildren(
      ...lines.map(({ words, colours }) =>
        element("p", {}, [
          element("span", { class: "sign", text: "⚠", attributes: { "aria-hidden": "true" } }),
          ...colours.slice(0, mostSwatches).map((colour) => swatch(colour)),
          colours.length > mostSwatches &&
            element("span", { class: "note", text: `+${colours.length - mostSwatches}` }),
          element(
            "span",
            {},
            codeSpans(words).map(({ text, isCode }) => (isCode ? element("code", { text }) : text)),
          ),
        ]),
      ),
    );
  }
}

interface WarningLine {
  readonly words: string;
  readonly colours: readonly string[];
}

/** Curves that end do not show why. */
const failure = (run: RunSummary): string[] =>
  run.state === "failed" && run.message !== undefined ? [`Failed: ${whyFailed(run)}`] : [];

/** A warning that several runs share is shown once; of one with other numbers in each run, the first few. */
export function warningLines(shown: readonly Pick<ShownRun, "run" | "colour">[]): WarningLine[] {
  const lines = new Map<string, { readonly code: string; readonly colours: string[] }>();
  const add = (code: string, words: string, colour: string): void => {
    const line = lines.get(words);
    if (line) line.colours.push(colour);
    else lines.set(words, { code, colours: [colour] });
  };
  for (const { run, colour } of shown) {
    for (const words of failure(run)) add("", words, colour);
    for (const { code, message } of run.warnings ?? []) add(code, `${message} [${code}]`, colour);
  }
  const all = [...lines].map(([words, line]) => ({ words, ...line }));
  return all.flatMap(({ words, code, colours }) => {
    const ofCode = all.filter((line) => line.code === code);
    const place = ofCode.findIndex((line) => line.words === words);
    if (code === "" || ofCode.length <= mostAlike || place < mostAlike - 1) return [{ words, colours }];
    if (place >= mostAlike) return [];
    const left = ofCode.slice(place).flatMap((line) => line.colours);
    return [{ words: `${counted(left.length, "more run")} with other numbers. [${code}]`, colours: left }];
  });
}
