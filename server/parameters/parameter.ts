import { accepts } from "./accepts.ts";
import type { ModuleKind, Schema } from "./schema.ts";

/**
 * One key that an experiment may give, declared once: its description, type, range, default, unit and examples are the
 * schema's, so that check, completion, hover and the reference page agree with what the engine reads.
 */
export interface Parameter<T> {
  readonly schema: Schema;
  readonly required: boolean;
  /** The entry under `definitions` that this parameter is, or is a variety of; absent where it stands in its place. */
  readonly definition?: { readonly name: string; readonly schema: Schema };
  /** What is computed with, where the file has a shorter form of it. */
  readonly convert?: (value: never) => T;
}

// biome-ignore lint/suspicious/noExplicitAny: the type of a value is known only where its parameter is declared
export type Parameters = Readonly<Record<string, Parameter<any>>>;
export type ValuesOf<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/**
 * The value that counts where the file gives `value` (undefined: nothing); undefined where that is not acceptable. A
 * parameter that may be absent without a default is `null` then.
 */
export function resolveParameter<T>(
  { schema, required, convert }: Parameter<T>,
  given: unknown,
): { readonly value: T } | undefined {
  const value = given === undefined ? schema.default : given;
  if (value === undefined) return required ? undefined : { value: null as T };
  if (!accepts(schema, value)) return undefined;
  return { value: convert ? convert(value as never) : (value as T) };
}

/** All that counts where the file gives `given`, which is valid; what is neither given nor has a default is `null`. */
export function valuesOf<P extends Parameters>(parameters: P, given: object): ValuesOf<P> {
  const values = Object.entries(parameters).map(([key, { schema, required, convert }]) => {
    const value = (given as Readonly<Record<string, unknown>>)[key] ?? schema.default;
    if (value === undefined && required) throw new Error(`The key ${key} is missing`);
    return [key, value === undefined ? null : convert ? convert(value as never) : value];
  });
  return Object.fromEntries(values) as ValuesOf<P>;
}

/** What may be said of a parameter beside its type: a default (without one the key must be there), a range, a unit, examples. */
export type Facts = Omit<Schema, "description" | "type">;

export const parameter = <T>(schema: Schema, convert?: (value: never) => T): Parameter<T> => ({
  schema,
  required: schema.default === undefined,
  ...(convert ? { convert } : {}),
});

export const integer = (description: string, facts: Facts = {}): Parameter<number> =>
  parameter({ description, type: "integer", ...facts });

export const number = (description: string, facts: Facts = {}): Parameter<number> =>
  parameter({ description, type: "number", ...facts });

export const boolean = (description: string, facts: Facts = {}): Parameter<boolean> =>
  parameter({ description, type: "boolean", ...facts });

export const text = (description: string, facts: Facts = {}): Parameter<string> =>
  parameter({ description, type: "string", ...facts });

/** The path of a folder. */
export const folder = (description: string, example: string): Parameter<string> =>
  file(description, [], example);

/** The path of a file whose name ends in one of these. */
export const file = (description: string, endings: readonly string[], example: string): Parameter<string> =>
  text(description, { pattern: "\\S", path: endings, examples: [example] });

export const choice = <const T extends string>(
  description: string,
  values: readonly T[],
  facts: Facts = {},
): Parameter<T> => parameter({ description, type: "string", enum: values, ...facts });

/** How modules may end. */
export const moduleEndings = [".ts", ".mts", ".js", ".mjs"] as const;

/** The path of a person's own module, from the experiment's folder. */
export const modulePath = (kind: ModuleKind): Parameter<string> =>
  text(
    `The path of a module that declares a ${kind}, from this file's folder; it begins with \`./\` or \`../\`.`,
    {
      pattern: "^\\.{1,2}/",
      path: moduleEndings,
      module: kind,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a type
      tsType: "`./${string}` | `../${string}`",
      examples: [`./${kind}.ts`],
    },
  );

/** One of a few whole numbers. */
export const oneOfNumbers = <const T extends number>(
  description: string,
  values: readonly T[],
  facts: Facts = {},
): Parameter<T> => parameter({ description, type: "integer", enum: values, ...facts });

export const list = <T>(
  description: string,
  item: Parameter<T>,
  facts: Facts = {},
): Parameter<readonly T[]> => parameter({ description, type: "array", items: item.schema, ...facts });

/** A key that says which of several this is: it has one value. */
export const constant = <const T extends string>(value: T, description: string): Parameter<T> =>
  parameter({ description, type: "string", const: value });

/** A key whose value the schema describes under `definitions`. Of the value itself nothing is known here. */
export const referenceTo = <T>(name: string, facts: Schema = {}): Parameter<T> =>
  parameter({ $ref: `#/definitions/${name}`, ...facts });

/** The same, optional without a default; its description explains the absence: "Absent: …". */
export const optional = <T>(given: Parameter<T>): Parameter<T | null> => ({ ...given, required: false });

/** The same without a default: it must be there. */
export function required<T>(given: Parameter<T>): Parameter<T> {
  const { default: _, ...schema } = given.schema;
  return { ...given, schema, required: true };
}

/** The same with another default or description. */
export const varied = <T>(given: Parameter<T>, facts: Schema): Parameter<T> => ({
  ...given,
  schema: { ...given.schema, ...facts },
  required: facts.default === undefined && given.required,
});

/** The same as a definition of its own in the schema, which all who use it refer to. */
export function defined<T>(name: string, given: Parameter<T>): Parameter<T> {
  names.set(given.schema, name);
  return { ...given, definition: { name, schema: given.schema } };
}

const names = new WeakMap<Schema, string>();

/** The name of the definition that this schema is, where it stands within another. */
export const nameOfDefinition = (schema: Schema): string | undefined => names.get(schema);
