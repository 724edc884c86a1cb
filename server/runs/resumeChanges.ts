import { experimentSchema, propertySchema } from "../language/schema/schema.ts";
import { expectation } from "../language/schema/words.ts";

/** Settings that may change on resume: checkpoints are the same for every engine and device. */
export interface ResumeChanges {
  readonly engine?: string;
  readonly device?: string;
}

/** The first invalid value, and what was expected. */
export function wrongChange(
  changes: ResumeChanges,
): { readonly key: string; readonly value: string; readonly expected: string } | undefined {
  for (const [key, value] of Object.entries(changes)) {
    const schema = propertySchema(experimentSchema, key);
    if (schema && !schema.enum?.includes(value)) return { key, value, expected: expectation(schema) };
  }
  return undefined;
}
