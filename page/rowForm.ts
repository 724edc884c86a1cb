import { element } from "../extension/webview/dom.ts";
import type { BooleanWords, FittedColumn } from "../server/data/tables/fittedColumn.ts";
import { missingCell, plainColumns, rowCells, rowFeatures } from "../server/data/tables/rowCells.ts";
import type { FormOptions, InputForm } from "./inputForm.ts";

/** More values than these are written into one field. */
const mostFields = 200;

/** A field for each column of a table, or for each value of a sample. */
export function rowForm({ content, tell }: FormOptions): InputForm {
  const { card, input } = content;
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  const { booleans } = card;
  if (card.columns !== undefined) return columnsForm(card.columns, { booleans, tell });
  if (size > mostFields) return listForm(size, tell);
  const names = Array.from({ length: size }, (_, i) => card.featureNames?.[i] ?? String(i));
  return columnsForm(plainColumns(names, booleans), { booleans, tell });
}

interface ColumnsOptions extends Pick<FormOptions, "tell"> {
  readonly booleans: readonly BooleanWords[] | undefined;
}

function columnsForm(columns: readonly FittedColumn[], { booleans, tell }: ColumnsOptions): InputForm {
  const wordsOf = new Map(booleans?.map(({ name, words }) => [name, words]));
  const fields = columns.map((column) => fieldOf(column, wordsOf.get(column.name)));
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
      for (const [i, [, text]] of rowCells(values, columns, { numberText: shortest, booleans }).entries()) {
        const field = fields[i];
        // A date cannot be told from its parts.
        if (field) field.value = text === missingCell || columns[i]?.as === "date" ? "" : text;
      }
    },
  };
}

/** @param words of false and true in the table, where they are known */
function fieldOf(
  { as, values, fill, own }: FittedColumn,
  words: readonly string[] = ["0", "1"],
): HTMLInputElement | HTMLSelectElement {
  const choices = values ?? (as === "boolean" ? words : undefined);
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
