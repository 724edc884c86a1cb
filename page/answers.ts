import { element } from "../extension/webview/dom.ts";
import { percent } from "../extension/webview/sampleView.ts";
import { brief } from "../server/grouped.ts";
import type { PageContent } from "../server/studentPage/pageContent.ts";

/** So many outputs are listed. */
const mostListed = 10;

export const nameOf = ({ card }: Pick<PageContent, "card">, index: number): string =>
  index < 0 ? "–" : (card.classNames?.[index] ?? String(index));

/** The class of the largest output. */
export function saidOf(outputs: Float32Array): { readonly class: number; readonly confidence: number } {
  const found = outputs.reduce((best, value, i) => (value > (outputs[best] as number) ? i : best), 0);
  return { class: found, confidence: outputs[found] as number };
}

/** Every output with a bar, the largest first; of a regression its numbers. */
export function answerView(content: PageContent, outputs: Float32Array): HTMLElement {
  const all = [...outputs].map((value, index) => ({ value, name: nameOf(content, index) }));
  if (content.card.output === "numbers")
    return element(
      "dl",
      {},
      all.flatMap(({ name, value }) => [
        element("dt", { text: all.length === 1 && !content.card.classNames ? "value" : name }),
        element("dd", { text: brief(value, 5) }),
      ]),
    );
  const shown = all.sort((a, b) => b.value - a.value).slice(0, mostListed);
  return element(
    "ol",
    { class: "outputs" },
    shown.map(({ name, value }) => {
      const bar = element("span", { class: "bar", attributes: { "aria-hidden": "true" } });
      bar.style.width = `${Math.round(1000 * value) / 10}%`;
      return element("li", {}, [
        element("span", { class: "name", text: name }),
        element("span", { class: "track" }, [bar]),
        element("span", { class: "share", text: percent(value) }),
      ]);
    }),
  );
}
