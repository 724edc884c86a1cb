import type { JSONPath } from "jsonc-parser";
import { colour, type Ground } from "../chart/colours.ts";
import { drawSvg, inks } from "../chart/svg.ts";
import { codeMarkdown, plainMarkdown } from "../markdown.ts";
import { type Softness, softAt, temperatures } from "../statistics/softness.ts";
import type { LastRun } from "./facts.ts";
import type { Model } from "./model/model.ts";
import { numberOf } from "./model/values.ts";
import { dataOf, nodeAt } from "./parse.ts";
import { teachingOf } from "./teaching.ts";

/** Of the table's columns, beside the temperature that the text has. */
const shown = [1, 2, 4, 8, 20];

/** What is known of a teacher by a run, and what pictures of it are drawn on. */
export interface TeacherFound {
  readonly lastRun?: LastRun | undefined;
  readonly ground?: Ground | undefined;
}

/**
 * On a temperature: how soft the outputs of the last run's teacher are at each, while the text has the same teacher; how to come
 * by them otherwise.
 */
export function temperatureText(
  { root, task, at, data }: Model,
  path: JSONPath,
  { lastRun, ground = "dark" }: TeacherFound,
): string | undefined {
  const place = path.indexOf("temperature");
  if (place < 0 || place < path.length - 2 || at("teacher") === undefined || task !== "classification")
    return undefined;
  const { softness, teaching } = lastRun ?? {};
  if (softness === undefined)
    return "A run shows here how soft the teacher's outputs are at each temperature: they are kept once it has computed them.";
  if (teaching !== teachingOf(dataOf(root)))
    return "The last run had another teacher or other samples: the next one shows here how soft the teacher's outputs are.";
  const value = numberOf(nodeAt(root, path.slice(0, place + 1))) ?? numberOf(nodeAt(root, path));
  const names = data.train?.files.map(({ knowledge }) => knowledge?.facts?.classNames).find((known) => known);
  return [
    picture(softness, { value, ground }),
    table(softness, value, (index) => names?.[index] ?? String(index)),
  ].join("\n\n");
}

function table(softness: Softness, value: number | undefined, nameOf: (index: number) => string): string {
  const columns = [...new Set([...shown, ...(value === undefined ? [] : [value])])]
    .filter((temperature) => temperature >= 1 && temperature <= temperatures.length)
    .sort((a, b) => a - b);
  const row = (name: string, values: readonly number[]) =>
    `| ${name} | ${columns.map((temperature) => share(softAt(values, temperature))).join(" | ")} |`;
  const samples = softness.samples.flatMap(({ classes, probabilities }, sample) =>
    classes.map((index, at) =>
      row(
        `${sample === 0 ? "a sure sample" : "an unsure one"}: ${plainMarkdown(nameOf(index))}`,
        probabilities.map((of) => of[at] ?? 0),
      ),
    ),
  );
  return [
    `| ${codeMarkdown("temperature")} | ${columns.map((one) => (one === value ? `**${one}**` : one)).join(" | ")} |`,
    `|:--|${columns.map(() => "--:|").join("")}`,
    row("beside the likeliest class", softness.beside),
    row("entropy, of its most", softness.entropy),
    ...samples,
  ].join("\n");
}

function picture(
  { beside, entropy, rows }: Softness,
  { value, ground }: { readonly value: number | undefined; readonly ground: Ground },
): string {
  const line = (label: string, y: readonly number[], index: number) => ({
    label,
    colour: colour(index, ground),
    x: temperatures,
    y,
  });
  const at =
    value === undefined
      ? []
      : [{ label: `at ${value}`, colour: inks[ground].muted, dash: [2, 3], x: [value, value], y: [0, 1] }];
  const svg = drawSvg({
    width: 380,
    height: 150,
    title: `outputs of the teacher, ${rows} samples`,
    xLabel: "temperature",
    x: { min: 1, max: temperatures.length, log: false },
    y: { min: 0, max: 1, log: false },
    percent: true,
    lines: [line("entropy", entropy, 0), line("beside the likeliest", beside, 1), ...at],
    ink: inks[ground],
  });
  return `![How soft the teacher's outputs are](data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")})`;
}

const share = (value: number): string => `${(100 * value).toFixed(value < 0.1 ? 2 : 1)} %`;
