import type { ResultCard } from "../../server/protocol.ts";
import type { CardRead } from "../panel/messages.ts";
import { button, element } from "./dom.ts";

/** Above the views: the verdict on the one run that is shown, if it is completed, in a line that opens to all of it. */
export class ResultCardView {
  readonly root = element("section", { class: "result-card", attributes: { "aria-label": "Result" } });
  readonly #open: (isOpen: boolean) => void;
  readonly #report: (directory: string) => void;
  #drawn: CardRead | undefined;

  constructor(actions: {
    readonly open: (isOpen: boolean) => void;
    readonly report: (directory: string) => void;
  }) {
    this.#open = actions.open;
    this.#report = actions.report;
    this.root.hidden = true;
  }

  update(directory: string, card: CardRead | undefined, isOpen: boolean): void {
    this.root.hidden = card === undefined;
    const details = this.root.querySelector("details");
    if (details !== null && details.open !== isOpen) details.open = isOpen;
    if (card === undefined || card === this.#drawn) return; // A person may be reading or copying it: it stays.
    this.#drawn = card;
    this.root.replaceChildren(this.#built(directory, card, isOpen));
  }

  #built(directory: string, card: CardRead, isOpen: boolean): HTMLElement {
    if ("damage" in card) return element("p", { class: "caution", text: card.damage });
    const cells = (tag: "th" | "td", row: readonly string[], scope: string) =>
      row.map((text, index) =>
        index === 0
          ? element("th", { text, attributes: { scope } })
          : element(tag, { text, ...(tag === "th" ? { attributes: { scope: "col" } } : {}) }),
      );
    const details = element("details", {}, [
      element("summary", {}, [
        element("span", { class: "of", text: `Result of ${card.name}` }),
        element("span", { class: "essentials", text: essentials(card) }),
      ]),
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
    details.open = isOpen;
    details.addEventListener("toggle", () => this.#open(details.open));
    return details;
  }
}

/** `test accuracy: teacher 97.00 % · student alone 91.20 % · student 93.00 %`: the first metric of each network that has it. */
function essentials({ head: [, metric], rows }: ResultCard): string {
  const measured = rows.filter(([, value]) => value !== "–");
  if (measured.length === 0) return "not measured, without a validation or a test split";
  const values = measured.map(([network, value]) => `${network} ${value}`.replaceAll(" ", "\u00a0"));
  return `${metric}: ${values.join(" · ")}`;
}
