import type { ModelCard } from "../nets/modelCard.ts";
import type { InspectedSample } from "../protocol.ts";

/** What a page with a student has to know, as JSON in it. Names and texts in it are anyone's. */
export interface PageContent {
  readonly name: string;
  readonly card: ModelCard;
  readonly input: {
    readonly name: string;
    readonly dtype: string;
    /** Of one sample, channels last. */
    readonly shape: readonly number[];
  };
  readonly output: string;
  /** Of the samples' files. */
  readonly raw: { readonly dtype: "uint8" | "float32"; readonly range: readonly [number, number] };
  readonly kind: "image" | "text" | "row";
  /** How an image of another size becomes one of this. */
  readonly fit: "cover" | "contain" | "stretch";
  /** Names of the texts of a sample: one, or two that the tokenizer puts together. */
  readonly texts: readonly string[];
  /** Samples that were evaluated, with what all networks of the run said. */
  readonly samples: readonly PageSample[];
  /** That they are of. */
  readonly split?: string;
  /** Why there is less than a person may expect. */
  readonly notes: readonly string[];
}

export interface PageSample extends InspectedSample {
  /** As in the file: base64 of bytes, or of float32, little-endian. */
  readonly values: string;
}
