import { element } from "../extension/webview/dom.ts";
import { brief, percent } from "../server/grouped.ts";
import type { InspectedAnswer } from "../server/protocol.ts";
import type { PageContent, PageSample } from "../server/studentPage/pageContent.ts";
import { thresholdOf } from "../server/tasks/multiLabelMetrics.ts";

/** So many outputs are listed. */
const mostListed = 10;

const nameOf = ({ card }: Pick<PageContent, "card">, index: number): string =>
  card.classNames?.[index] ?? String(index);

/** The class of the largest output. */
export const classOf = (outputs: Float32Array): number =>
  outputs.reduce((best, value, i) => (value > (outputs[best] as number) ? i : best), 0);

/** What the student says of a stored sample here. */
export function answerOf(content: PageContent, outputs: Float32Array, sample: PageSample): InspectedAnswer {
  const { task, threshold } = content.card;
  if (task === undefined || task === "classification") {
    const said = classOf(outputs);
    const words = nameOf(content, said);
    return { words, note: percent(outputs[said], 1), isRight: words === sample.truth };
  }
  const each = [...outputs].map((value, index) => ({ value, index, name: nameOf(content, index) }));
  const labels = each.filter(({ value, index }) => value >= thresholdOf(threshold, index));
  const numbers = each.map(({ name, value }) => (each.length === 1 ? "" : `${name} `) + brief(value, 5));
  const words =
    task === "regression" ? numbers.join(", ") : labels.map(({ name }) => name).join(", ") || "none";
  const stored = sample.predicted.student;
  if (stored?.words === words) return stored;
  return task === "regression" ? { words } : { words, isRight: words === sample.truth };
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
        element("span", { class: "share", text: percent(value, 1) }),
      ]);
    }),
  );
}
