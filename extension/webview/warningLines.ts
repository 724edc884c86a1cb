import { codeSpans } from "../../server/codeSpans.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { warned, whyFailed } from "../runs/wording.ts";
import { element, swatch } from "./dom.ts";
import type { ShownRun } from "./page.ts";

/** Of a warning that many runs share, more would leave no room for its words. */
const mostSwatches = 4;

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

/** A warning that several runs share is shown once. */
export function warningLines(shown: readonly Pick<ShownRun, "run" | "colour">[]): WarningLine[] {
  const lines = new Map<string, string[]>();
  for (const { run, colour } of shown)
    for (const words of [...failure(run), ...(warned(run)?.full ?? [])])
      lines.set(words, [...(lines.get(words) ?? []), colour]);
  return [...lines].map(([words, colours]) => ({ words, colours }));
}
