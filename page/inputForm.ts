import type { PageContent, PageSample } from "../server/studentPage/pageContent.ts";

/** What a person gives a sample with. */
export interface InputForm {
  readonly element: HTMLElement;
  /** Shows a stored sample, of which nothing is told. */
  show(values: Float32Array, sample: PageSample): void;
  /** Where there is no stored sample: tells of a typical one, or what to do. */
  begin(): void;
}

export interface FormOptions {
  readonly content: PageContent;
  /** Hears the raw values of a sample, or why there are none. */
  readonly tell: (values: Float32Array | string) => void;
}
