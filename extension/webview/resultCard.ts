import type { CardRead } from "../panel/messages.ts";
import { button, element } from "./dom.ts";

/** Above the views: the verdict on the one run that is shown, if it is completed. */
export class ResultCardView {
  readonly root = element("section", { class: "result-card", attributes: { "aria-label": "Result" } });
  readonly #fold: (isFolded: boolean) => void;
  readonly #report: (directory: string) => void;
  #drawn: CardRead | undefined;

  constructor(actions: {
    readonly fold: (isFolded: boolean) => void;
    readonly report: (directory: string) => void;
  }) {
    this.#fold = actions.fold;
    this.#report = actions.report;
    this.root.hidden = true;
  }

  update(directory: string, card: CardRead | undefined, isFolded: boolean): void {
    this.root.hidden = card === undefined;
    const details = this.root.querySelector("details");
    if (details !== null && details.open === isFolded) details.open = !isFolded;
    if (card === undefined || card === this.#drawn) return; // A person may be reading or copying it: it stays.
    this.#drawn = card;
    this.root.replaceChildren(this.#built(directory, card, isFolded));
  }

  #built(directory: string, card: CardRead, isFolded: boolean): HTMLElement {
    if ("damage" in card) return element("p", { class: "caution", text: card.damage });
    const cells = (tag: "th" | "td", row: readonly string[], scope: string) =>
      row.map((text, index) =>
        index === 0
          ? element("th", { text, attributes: { scope } })
          : element(tag, { text, ...(tag === "th" ? { attributes: { scope: "col" } } : {}) }),
      );
    const details = element("details", {}, [
      element("summary", { text: `Result of ${card.name}` }),
      element("div", { class: "scroll" }, [
        element("table", {}, [
          element("thead", {}, [element("tr", {}, cells("th", card.head, "col"))]),
          element(
            "tbody",
            {},
            card.rows.map((row) => element("tr", {}, cells("td", row, "row"))),
          ),
        ]),
      ]),
      element(
        "ul",
        {},
        card.lines.map((text) => element("li", { text })),
      ),
      button("Write Report…", () => this.#report(directory)),
    ]);
    details.open = !isFolded;
    details.addEventListener("toggle", () => this.#fold(!details.open));
    return details;
  }
}
