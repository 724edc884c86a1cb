import type { FileKnowledge, FileReference } from "../facts.ts";

/** A file that the experiment names. */
export interface FileModel {
  readonly reference: FileReference;
  /** Undefined where the file has not been read. */
  readonly knowledge: FileKnowledge | undefined;
}
