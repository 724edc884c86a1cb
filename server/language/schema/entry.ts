import { entryName } from "../../parameters/kind.ts";
import type { Schema } from "../../parameters/schema.ts";
import { experimentSchema } from "./schema.ts";

/** The schema of an entry of a kind: of `shift` in "Augmentation". */
export const entryOf = (kind: string, type: string | undefined): Schema | undefined =>
  type === undefined ? undefined : experimentSchema.definitions?.[entryName({ name: kind }, type)];
