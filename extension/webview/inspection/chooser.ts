import { element } from "../dom.ts";

/** A list to choose from, with a label before it. */
export function chooser<T extends string>(
  label: string,
  options: readonly (readonly [T, string])[],
  chosen: T,
  choose: (value: T) => void,
): HTMLElement {
  const select = element(
    "select",
    { on: { change: () => choose(select.value as T) } },
    options.map(([value, text]) => element("option", { text, attributes: { value } })),
  );
  select.value = chosen;
  return element("label", {}, [label, select]);
}
