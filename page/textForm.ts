import { element } from "../extension/webview/dom.ts";
import { openTextEncoder, type TextOrPair } from "../server/data/text/textEncoder.ts";
import type { FormOptions, InputForm } from "./inputForm.ts";

/** A text, or two, which the tokenizer of the training makes numbers of. */
export function textForm({ content, tell }: FormOptions, tokenizer: Uint8Array): InputForm {
  const { card, input, texts } = content;
  const opened = openTextEncoder(tokenizer, card.tokens?.tokenizer ?? "");
  const length = input.shape[0] ?? 1;
  const areas = texts.map((name) =>
    element("textarea", { attributes: { rows: "4", "aria-label": name, placeholder: `A ${name} to try` } }),
  );
  const changed = () => {
    if ("why" in opened) return tell(opened.why);
    if (areas.every(({ value }) => value.trim() === "")) return tell("Type a text.");
    const given = areas.map(({ value }) => value) as unknown as TextOrPair;
    const encoded = opened.encode({ texts: [given], length }, new Int32Array(1));
    tell("why" in encoded ? encoded.why : encoded.ids);
  };
  return {
    element: element("div", { class: "form", on: { input: changed } }, areas),
    begin: changed,
    show(_, { preview }) {
      const lines = preview?.kind === "text" ? preview.text.split("\n") : [];
      const [first = ""] = lines;
      for (const [i, area] of areas.entries())
        area.value = areas.length === 1 ? lines.join("\n") : i === 0 ? first : lines.slice(1).join("\n");
    },
  };
}
