import { element } from "../extension/webview/dom.ts";
import type { FittedColumn } from "../server/data/tables/fittedColumn.ts";
import { missingCell, rowCells, rowFeatures } from "../server/data/tables/rowCells.ts";
import type { FormOptions, InputForm } from "./inputForm.ts";

/** More values than these are written into one field. */
const mostFields = 200;

/** A field for each column of a table, or for each value of a sample. */
export function rowForm({ content, tell }: FormOptions): InputForm {
  const { card, input } = content;
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  if (card.columns !== undefined) return columnsForm(card.columns, tell);
  return size > mostFields ? listForm(size, tell) : columnsForm(numberColumns(size, card.featureNames), tell);
}

const numberColumns = (size: number, names: readonly string[] | undefined): readonly FittedColumn[] =>
  Array.from({ length: size }, (_, i) => ({ name: names?.[i] ?? String(i), as: "number", fill: [] }));

function columnsForm(columns: readonly FittedColumn[], tell: FormOptions["tell"]): InputForm {
  const fields = columns.map(fieldOf);
  const changed = () => {
    // What a browser takes for no number reads as an empty field, which would be a missing value.
    const wrong = fields.findIndex(({ validity }) => validity.badInput);
    if (wrong >= 0) return tell(`${columns[wrong]?.name}: expected a number.`);
    const empty = columns.findIndex(
      ({ fill, own }, i) => fields[i]?.value === "" && fill.length === 0 && !own,
    );
    if (empty >= 0) return tell(`${columns[empty]?.name}: expected a number.`);
    const features = rowFeatures(
      columns,
      fields.map(({ value }) => value),
    );
    tell("column" in features ? `${features.column}: expected ${features.expected}.` : features);
  };
  const root = element(
    "div",
    { class: "form fields", on: { input: changed } },
    columns.map(({ name }, i) => element("label", {}, [element("span", { text: name }), fields[i]])),
  );
  return {
    element: root,
    show(values) {
      for (const [i, [, text]] of rowCells(values, columns, shortest).entries()) {
        const field = fields[i];
        // A date cannot be told from its parts.
        if (field) field.value = text === missingCell || columns[i]?.as === "date" ? "" : text;
      }
    },
  };
}

function fieldOf({ as, values, fill, own }: FittedColumn): HTMLInputElement | HTMLSelectElement {
  const choices = values ?? (as === "boolean" ? ["0", "1"] : undefined);
  if (choices === undefined) {
    const type = as === "date" ? "text" : "number";
    return element("input", {
      attributes: { type, step: "any", placeholder: as === "date" ? "2024-05-31" : "" },
    });
  }
  return element(
    "select",
    {},
    [...(own || fill.length > 0 ? [""] : []), ...choices].map((text) =>
      element("option", { text: text === "" ? "–" : text, attributes: { value: text } }),
    ),
  );
}

/** The fewest digits that are this number in float32: 4.82, and not the 4.820000171661377 that it is. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(value);
}

/** Numbers with anything between them. */
function listForm(size: number, tell: FormOptions["tell"]): InputForm {
  const area = element("textarea", {
    attributes: { rows: "8", "aria-label": `${size} numbers` },
    on: {
      input: () => {
        const values = area.value.split(/[\s,;]+/).filter((text) => text !== "");
        const numbers = Float32Array.from(values, Number);
        const isWhole = numbers.length === size && numbers.every(Number.isFinite);
        tell(isWhole ? numbers : `Expected ${size} numbers, found ${values.length}.`);
      },
    },
  });
  return {
    element: element("div", { class: "form" }, [area]),
    show(values) {
      area.value = Array.from(values, shortest).join(" ");
    },
  };
}
