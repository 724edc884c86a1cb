import type { TaskName } from "../tasks/tasks.ts";
import { type GivenClasses, knownClasses, type LabelText, toClasses } from "./classNames.ts";
import { type Labelling, type Labels, noLabel, withoutLabel } from "./labels.ts";
import type { DataProblem } from "./problem.ts";
import type { Samples } from "./samples.ts";

export interface TextLabelOptions {
  readonly file: string;
  /** The training data. */
  readonly like?: Pick<Samples, "task" | "classes" | "classNames"> | undefined;
  readonly classes?: GivenClasses | undefined;
  readonly labelling?: Labelling | undefined;
  /** Absent: as that of `like`, else as the labels look. */
  readonly task?: TaskName | undefined;
  /** What stands between several labels of a sample. */
  readonly separator?: string | undefined;
}

export interface TextLabels extends Labels {
  readonly classNames?: readonly string[];
}

/** Labels of samples, some or all of which may have none. */
export interface KnownLabels extends Omit<TextLabels, "task"> {
  readonly task?: TaskName | undefined;
}

/** Of samples without labels: classes and task are those of the training samples. */
export const withoutLabels = (count: number, like: TextLabelOptions["like"]): KnownLabels => ({
  task: like?.task,
  labels: new Int32Array(count).fill(noLabel),
  classes: like?.classes ?? 0,
  ...(like?.classNames && { classNames: like.classNames }),
});

/**
 * Labels of a table's rows.
 * @param texts the different labels, each once
 * @param ids of each row, the place of its label among them
 */
export function textLabels(
  texts: readonly LabelText[],
  ids: Int32Array,
  options: TextLabelOptions,
): TextLabels | DataProblem {
  const found = { classification, regression, multiLabel }[taskOfTexts(texts, options)](texts, ids, options);
  if ("code" in found || (options.labelling ?? "all") !== "all") return found;
  const bare = found.labels.indexOf(noLabel);
  if (bare < 0) return found;
  const count = found.labels.filter((label) => label === noLabel).length;
  const { text = "", line = 1 } = texts[ids[bare] as number] ?? {};
  return {
    ...withoutLabel(options.file, { count, first: bare, spelled: text === "" ? "empty" : text }),
    line,
  };
}

/** The task that labels are of: numbers of which one is not whole are targets of a regression. */
function taskOfTexts(
  texts: readonly LabelText[],
  { task, like, classes, separator }: Omit<TextLabelOptions, "file">,
): TaskName {
  const declaredTask = task ?? (like && (like.task ?? "classification"));
  if (declaredTask !== undefined) return declaredTask;
  if (separator !== undefined) return "multiLabel";
  if (Array.isArray(classes)) return "classification";
  const numbers = texts.filter((text) => !isEmpty(text)).map(({ text }) => Number(text));
  return numbers.every(Number.isFinite) && !numbers.every(Number.isInteger) ? "regression" : "classification";
}

const isEmpty = ({ text }: LabelText): boolean => text === "" || text.toLowerCase() === "nan";

type Read = (
  texts: readonly LabelText[],
  ids: Int32Array,
  options: TextLabelOptions,
) => TextLabels | DataProblem;

const classification: Read = (texts, ids, { file, like, classes: given }) => {
  const known = toClasses(texts, { file, like, given });
  if ("code" in known) return known;
  const { indices, ...classes } = known;
  return { task: "classification", labels: ids.map((text) => indices[text] ?? noLabel), ...classes };
};

/** An empty field says that a sample has no label. */
const regression: Read = (texts, ids, { file }) => {
  const values = texts.map((text) => (isEmpty(text) ? 0 : Math.fround(Number(text.text))));
  const odd = texts.find((_, i) => !Number.isFinite(values[i]));
  if (odd) {
    const { text: found, line, column } = odd;
    const message = `The label "${found}" is no finite number, and that of a regression is one.`;
    return { code: "label-range", message, file, line, column, expected: "a finite number", found };
  }
  const isKnown = texts.map((text) => !isEmpty(text));
  return {
    task: "regression",
    labels: ids.map((text) => (isKnown[text] ? 0 : noLabel)),
    classes: 1,
    targets: Float32Array.from(ids, (text) => values[text] as number),
  };
};

/** An empty field is that of a sample with none of the labels. */
const multiLabel: Read = (texts, ids, { file, like, classes: given, separator }) => {
  if (separator === undefined)
    return {
      code: "label-range",
      message:
        'Several labels a sample stand in one field, and it is not said what separates them. Give the source its `labelSeparator`, as in "labelSeparator": "|".',
      file,
    };
  const parts = texts.map(({ text }) =>
    text
      .split(separator)
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
  const classNames = knownClasses({ like, given })?.classNames ?? inOrder(new Set(parts.flat()));
  const placeOf = new Map(classNames.map((name, place) => [name, place]));
  const outsider = texts.findIndex((_, i) => parts[i]?.some((name) => !placeOf.has(name)));
  if (outsider >= 0) {
    const { line, column } = texts[outsider] as LabelText;
    const found = parts[outsider]?.find((name) => !placeOf.has(name)) as string;
    const shown = classNames.slice(0, 20).join(", ");
    return {
      code: "label-range",
      message: `The label "${found}" is none of the known ones.`,
      ...{ file, line, column, found },
      expected: classNames.length > 20 ? `${shown}, …` : shown,
    };
  }
  const classes = classNames.length;
  const targets = new Float32Array(ids.length * classes);
  ids.forEach((text, row) => {
    for (const name of parts[text] ?? []) targets[row * classes + (placeOf.get(name) as number)] = 1;
  });
  return { task: "multiLabel", labels: new Int32Array(ids.length), classes, classNames, targets };
};

/** Numbers by size, names by UTF-16 units: the order must not depend on the language of the machine. */
function inOrder(names: ReadonlySet<string>): string[] {
  const all = [...names];
  return all.every((name) => Number.isFinite(Number(name)))
    ? all.sort((a, b) => Number(a) - Number(b))
    : all.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
