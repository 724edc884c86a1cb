import type { RunSummary } from "../../../server/protocol.ts";
import type { Annotation } from "../../panel/messages.ts";
import { element } from "../dom.ts";

type Field = keyof Annotation;

interface Sent {
  readonly text: string;
  /** What the run had: once it has something else, it has been told of this. */
  readonly before: string;
  readonly isRefused: boolean;
}

export interface AnnotationActions {
  annotate(directory: string, annotation: Annotation): void;
  /** The run as it is now: another window may have annotated it since its row was drawn. */
  latest(directory: string): RunSummary | undefined;
  /** A field was left, so that its row may be drawn as the run is now. */
  left(): void;
}

/**
 * The cells in which notes and tags are written. They show what was written until the run has it; what was refused stands in its
 * field again.
 */
export class Annotations {
  readonly #actions: AnnotationActions;
  readonly #sent = new Map<string, Sent>();

  constructor(actions: AnnotationActions) {
    this.#actions = actions;
  }

  /** All that the cells of a run show. */
  keyOf(run: RunSummary): string {
    const isOpen = (field: Field) => this.#sent.get(keyOf(run.directory, field))?.isRefused ?? false;
    return fields.flatMap((field) => [this.#textOf(run, field), isOpen(field)]).join("\n");
  }

  refuse(directory: string, annotation: Annotation): void {
    for (const field of fields) {
      const key = keyOf(directory, field);
      const sent = this.#sent.get(key);
      if (annotation[field] !== undefined && sent !== undefined)
        this.#sent.set(key, { ...sent, isRefused: true });
    }
  }

  cell(run: RunSummary, field: Field, name: string): HTMLElement {
    const cell = element("td", { class: `text ${field}` });
    const refused = this.#sent.get(keyOf(run.directory, field));
    if (refused?.isRefused) this.#open(cell, { run, field, name, text: refused.text });
    else this.#show(cell, { run, field, name });
    return cell;
  }

  #show(cell: HTMLElement, of: Place): HTMLElement {
    const { run, field, name } = of;
    const text = this.#textOf(run, field);
    const words =
      field === "note"
        ? text
        : tagsIn(text)
            .map((tag) => `#${tag}`)
            .join(" ");
    const edit = element("button", {
      class: `in-cell ${words === "" ? "empty-note" : ""}`.trim(),
      title: words === "" ? `${titles[field]} ${name}` : shortened(words, 1000),
      text: words || "+",
      attributes: {
        ...{ type: "button", "data-control": `edit ${field}` },
        "aria-label": `${field} of ${name}: ${words || "none"}; edit`,
      },
      on: {
        click: () =>
          this.#open(cell, { ...of, text: this.#textOf(run, field) }).focus({ preventScroll: true }),
      },
    });
    cell.replaceChildren(edit);
    return edit;
  }

  #open(cell: HTMLElement, of: Place & { readonly text: string }): HTMLTextAreaElement {
    const { run, field, name } = of;
    const { directory } = run;
    const now = () => this.#textOf(this.#actions.latest(directory) ?? run, field);
    let known = now();
    let isDone = false;
    const warning = element("div", { class: "edit-warning", attributes: { role: "alert" } });
    const end = (isKept: boolean) => {
      if (isDone) return;
      const next = now();
      const text = field === "note" ? area.value.trim() : mergedTags(area.value, { from: known, to: next });
      const isChanged = isKept && text !== known.trim() && text !== next;
      if (isChanged && field === "note" && next !== known) {
        known = next;
        const words = next === "" ? "was removed" : `became “${shortened(next, 200)}”`;
        warning.textContent = `The note ${words} meanwhile. Enter replaces it, Escape leaves it.`;
        return;
      }
      isDone = true;
      this.#sent.delete(keyOf(directory, field));
      if (isChanged) {
        this.#sent.set(keyOf(directory, field), { text, before: next, isRefused: false });
        this.#actions.annotate(directory, field === "note" ? { note: text } : { tags: tagsIn(text) });
      }
      const hasFocus = cell.contains(document.activeElement);
      const button = this.#show(cell, of);
      if (hasFocus) button.focus({ preventScroll: true });
      this.#actions.left();
    };
    const area = element("textarea", {
      class: "edit",
      title: "Enter keeps it, Shift+Enter begins a line, Escape leaves it as it was",
      attributes: { rows: "1", "aria-label": `${field} of ${name}`, "data-control": `edit ${field}` },
      on: {
        blur: () => end(true),
        keydown: (event) => {
          event.stopPropagation();
          const isEnd = event.key === "Escape" || (event.key === "Enter" && !event.shiftKey);
          if (!isEnd || event.isComposing) return;
          // Else the key would press the button that then has the focus.
          event.preventDefault();
          end(event.key === "Enter");
        },
      },
    });
    area.value = of.text;
    cell.replaceChildren(element("div", { class: "editing" }, [area, warning]));
    return area;
  }

  #textOf(run: RunSummary, field: Field): string {
    const own = field === "note" ? (run.note ?? "") : (run.tags ?? []).join(", ");
    const sent = this.#sent.get(keyOf(run.directory, field));
    return sent === undefined || sent.isRefused || sent.before !== own ? own : sent.text;
  }
}

interface Place {
  readonly run: RunSummary;
  readonly field: Field;
  readonly name: string;
}

const fields: readonly Field[] = ["note", "tags"];
const titles: Readonly<Record<Field, string>> = { note: "Note on", tags: "Tags, with commas between, of" };

const keyOf = (directory: string, field: Field): string => `${field} ${directory}`;

const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;

const tagsIn = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,\n]/)
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

/** The tags that a run has now, with those that were written and without those that were taken out. */
function mergedTags(written: string, { from, to }: { readonly from: string; readonly to: string }): string {
  const [own, before] = [tagsIn(written), tagsIn(from)];
  if (from === to) return own.join(", ");
  const left = tagsIn(to).filter((tag) => own.includes(tag) || !before.includes(tag));
  return [...new Set([...left, ...own.filter((tag) => !before.includes(tag))])].join(", ");
}
