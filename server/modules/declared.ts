import type { ModuleKind } from "../parameters/schema.ts";
import { type CodePlace, ModuleError, moduleProblem } from "./moduleProblem.ts";
import { placeInStack, sourceOf } from "./sources.ts";

/** Where a function of a module stands. */
export function homeOf(f: (...given: never[]) => unknown): CodePlace {
  const place = placeInStack(new Error().stack);
  if (!place) return { file: "module" };
  const text = sourceOf(place.file);
  const at = text?.indexOf(f.toString()) ?? -1;
  if (text === undefined || at < 0) return place;
  const before = text.slice(0, at).split("\n");
  return { file: place.file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** What is declared must have a description, parameters made by the constructors, and these functions. */
export function assertDeclared(
  kind: ModuleKind,
  declaration: object,
  { functions, taken }: { readonly functions: readonly string[]; readonly taken: readonly string[] },
): void {
  const given = declaration as Readonly<Record<string, unknown>>;
  if (typeof given["description"] !== "string" || given["description"].trim() === "")
    refuse(
      `the ${kind} has no description: \`description: "${kind === "loss" ? "What it compares" : "What it does"}."\``,
    );
  for (const name of functions)
    if (typeof given[name] !== "function") refuse(`the ${kind} has no function \`${name}\``);
  const { parameters } = given;
  if (typeof parameters !== "object" || parameters === null)
    refuse(`the ${kind} has no \`parameters\`; without any: \`parameters: {}\``);
  for (const [name, parameter] of Object.entries(parameters as object)) {
    if (taken.includes(name)) refuse(`every ${kind} has the key "${name}": give the parameter another name`);
    if (!isParameter(parameter))
      refuse(
        `the parameter "${name}" is not made by \`number\`, \`integer\`, \`boolean\`, \`text\`, \`choice\` or \`list\` of "distillery"`,
      );
  }
}

/** A loss declares what it compares. */
export function assertCompares(declaration: object): void {
  const given = declaration as Readonly<Record<string, unknown>>;
  if (given["reads"] === undefined && given["compares"] === undefined)
    refuse(
      `the loss does not say what it compares: \`reads: ["teacher"]\`, or \`compares: "maps"\` for layers`,
    );
  if (given["reads"] !== undefined && !isListOf(given["reads"], ["teacher", "labels"]))
    refuse('`reads` is a list of "teacher" and "labels"');
  if (given["compares"] !== undefined && !comparisons.includes(String(given["compares"])))
    refuse(`\`compares\` is one of ${comparisons.map((word) => JSON.stringify(word)).join(", ")}`);
}

const comparisons = ["any", "maps", "sameChannels", "mapsOrFlat", "sameShape"];

const isListOf = (value: unknown, words: readonly string[]): boolean =>
  Array.isArray(value) && value.every((word) => words.includes(word));

const isParameter = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "required" in value &&
  "schema" in value &&
  typeof value.schema === "object";

export function refuse(message: string): never {
  const place = placeInStack(new Error().stack) ?? { file: "module" };
  throw new ModuleError(moduleProblem("module-declaration", place, `${message}.`));
}
