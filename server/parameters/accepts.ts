import { isRecord } from "../isRecord.ts";
import type { Schema } from "./schema.ts";

/** Whether a value is what the schema of a parameter says: a scalar, a list, an object, or one of several of these. */
export function accepts(schema: Schema, value: unknown): boolean {
  // What stands elsewhere is checked there.
  if (schema.$ref !== undefined) return true;
  if (schema.oneOf) return schema.oneOf.some((branch) => accepts(branch, value));
  switch (schema.type) {
    case "integer":
      return (
        Number.isSafeInteger(value) && isInRange(schema, value as number) && isListed(schema, value as number)
      );
    case "number":
      return Number.isFinite(value) && isInRange(schema, value as number);
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string" && isAmong(schema, value);
    case "array":
      return Array.isArray(value) && isOfLength(schema, value.length) && hasItems(schema, value);
    case "object":
      return isRecord(value) && hasKeys(schema, value);
    default:
      throw new Error(`A parameter of this form is not known: ${JSON.stringify(schema)}`);
  }
}

const isInRange = (schema: Schema, value: number): boolean =>
  value >= (schema.minimum ?? Number.NEGATIVE_INFINITY) &&
  value <= (schema.maximum ?? Number.POSITIVE_INFINITY) &&
  value > (schema.exclusiveMinimum ?? Number.NEGATIVE_INFINITY) &&
  value < (schema.exclusiveMaximum ?? Number.POSITIVE_INFINITY);

const isListed = ({ enum: values }: Schema, value: string | number): boolean =>
  values?.includes(value) ?? true;

const isAmong = (schema: Schema, value: string): boolean =>
  (schema.const ?? value) === value &&
  isListed(schema, value) &&
  (schema.pattern === undefined || new RegExp(schema.pattern, "u").test(value));

const isOfLength = ({ minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Schema, length: number): boolean =>
  length >= minItems && length <= maxItems;

const hasItems = ({ items }: Schema, values: readonly unknown[]): boolean =>
  items === undefined || values.every((value) => accepts(items, value));

const hasKeys = ({ properties = {}, required = [], additionalProperties }: Schema, value: object): boolean =>
  required.every((key) => Object.hasOwn(value, key)) &&
  Object.entries(value).every(([key, part]) => {
    const schema = properties[key] ?? additionalProperties;
    return typeof schema === "object" && accepts(schema, part);
  });
