import { entryName } from "../../parameters/kind.ts";
import type { Schema } from "../../parameters/schema.ts";
import { experimentSchema } from "./schema.ts";

/** What the schema says of an entry of a kind: of `shift` among "Augmentation". */
export const entryOf = (kind: string, type: string | undefined): Schema | undefined =>
  type === undefined ? undefined : experimentSchema.definitions?.[entryName({ name: kind }, type)];
