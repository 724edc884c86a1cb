import { element } from "../extension/webview/dom.ts";
import { type BooleanWords, type FittedColumn, featuresOf } from "../server/data/tables/fittedColumn.ts";
import { missingCell, plainColumns, rowCells, rowFeatures } from "../server/data/tables/rowCells.ts";
import type { ModelCard } from "../server/nets/modelCard.ts";
import type { FormOptions, InputForm } from "./inputForm.ts";

/** More values than these are written into one field. */
const mostFields = 200;

/** A field for each column of a table, or for each value of a sample. */
export function rowForm({ content, tell }: FormOptions): InputForm {
  const { card, input } = content;
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  const { booleans } = card;
  const means = meansOf(card, size);
  if (card.columns !== undefined) return columnsForm(card.columns, { booleans, means, tell });
  if (size > mostFields) return listForm(size, { means, tell });
  const names = Array.from({ length: size }, (_, i) => card.featureNames?.[i] ?? String(i));
  return columnsForm(plainColumns(names, booleans), { booleans, means, tell });
}

/** Of each value in training, where it was normalised by them. */
function meansOf({ normalize }: Pick<ModelCard, "normalize">, size: number): readonly number[] | undefined {
  if (normalize === undefined || size === 1 || normalize.mean.length !== size) return undefined;
  return normalize.mean.map((mean) => mean / normalize.scale);
}

interface ColumnsOptions extends Pick<FormOptions, "tell"> {
  readonly booleans: readonly BooleanWords[] | undefined;
  readonly means: readonly number[] | undefined;
}

/**
 * The cells of a typical row: what stands for missing ones, medians and what is most frequent, else means. Empty where the training
 * has left neither, and of a date, which cannot be told from its parts.
 */
function typicalCells(
  columns: readonly FittedColumn[],
  { booleans = [], means = [] }: Pick<ColumnsOptions, "booleans" | "means">,
): readonly string[] {
  let at = 0;
  return columns.map((column) => {
    const { name, as, values, fill } = column;
    const { length } = featuresOf(column);
    const own = means.slice(at, at + length);
    at += length;
    if (values !== undefined) {
      const shares = fill.includes(1) ? fill : own.slice(0, values.length);
      return values[shares.indexOf(Math.max(...shares))] ?? values[0] ?? "";
    }
    const value = fill[0] ?? own[0];
    if (value === undefined || as === "date") return "";
    const words = booleans.find((one) => one.name === name)?.words ?? ["0", "1"];
    return as === "boolean" ? (words[Math.round(value)] ?? "") : String(Number(value.toPrecision(4)));
  });
}

function columnsForm(columns: readonly FittedColumn[], { booleans, means, tell }: ColumnsOptions): InputForm {
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
    begin() {
      // A choice that stands is one of a value.
      for (const [i, text] of typicalCells(columns, { booleans, means }).entries())
        if (text !== "" && fields[i]) fields[i].value = text;
      changed();
    },
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
function listForm(size: number, { means, tell }: Pick<ColumnsOptions, "means" | "tell">): InputForm {
  const changed = () => {
    const values = area.value.split(/[\s,;]+/).filter((text) => text !== "");
    const numbers = Float32Array.from(values, Number);
    const isWhole = numbers.length === size && numbers.every(Number.isFinite);
    tell(isWhole ? numbers : `Expected ${size} numbers, found ${values.length}.`);
  };
  const area = element("textarea", {
    attributes: { rows: "8", "aria-label": `${size} numbers` },
    on: { input: changed },
  });
  return {
    element: element("div", { class: "form" }, [area]),
    begin() {
      area.value = means?.map((mean) => Number(mean.toPrecision(4))).join(" ") ?? "";
      changed();
    },
    show(values) {
      area.value = Array.from(values, shortest).join(" ");
    },
  };
}
