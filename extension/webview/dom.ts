/** Builds elements in one expression. Nothing takes HTML: text stays text. */
type Child = Node | string | undefined | false;

interface Attributes {
  readonly class?: string;
  readonly title?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, title, text, attributes, on }: Attributes = {},
  children: readonly Child[] = [],
): HTMLElementTagNameMap[K] {
  const built = document.createElement(tag);
  if (className !== undefined) built.className = className;
  if (title !== undefined) built.title = title;
  if (text !== undefined) built.textContent = text;
  for (const [name, value] of Object.entries(attributes ?? {})) built.setAttribute(name, value);
  for (const [type, listener] of Object.entries(on ?? {})) {
    built.addEventListener(type, listener as EventListener);
  }
  built.append(...children.filter((child) => child !== undefined && child !== false));
  return built;
}

export function button(
  text: string,
  act: () => void,
  options: {
    /** What a screen reader says in place of a sign. */
    name?: string;
    title?: string;
    class?: string;
  } = {},
): HTMLButtonElement {
  return element("button", {
    class: options.class ?? "secondary",
    text,
    ...(options.title === undefined ? {} : { title: options.title }),
    attributes: { type: "button", ...(options.name === undefined ? {} : { "aria-label": options.name }) },
    on: { click: act },
  });
}

/** A square in the run's colour, dashed as its lines are. */
export function swatch(colour: string, dash: readonly number[] = []): HTMLElement {
  const square = element("span", { class: "swatch", attributes: { "aria-hidden": "true" } });
  if (dash.length === 0) {
    square.style.backgroundColor = colour;
    return square;
  }
  let at = 0;
  const stripes = dash.map((length, index) => {
    const from = at;
    at += length;
    return `${index % 2 === 0 ? colour : "transparent"} ${from}px ${at}px`;
  });
  square.classList.add("dashed");
  square.style.backgroundImage = `repeating-linear-gradient(90deg, ${stripes.join(", ")})`;
  return square;
}

/** Makes these the children of the parent; those that are in place are not touched, so that the focus stays. */
export function arrange(parent: HTMLElement, children: readonly Element[]): void {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  for (const [index, child] of children.entries())
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
}

/** A heading that may break before a dot: a path in one line would be wider than its column. */
export const breakable = (text: string): (string | HTMLElement)[] =>
  text.split(/(?=\.)/).flatMap((part, index) => (index === 0 ? [part] : [element("wbr"), part]));
