import { dirname } from "node:path";
import type { TextDocuments } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { URI } from "vscode-uri";
import { languageService } from "../language/languageService.ts";
import type { Parsed } from "../language/parse.ts";

/** An open experiment at one version of its text. */
export interface Experiment {
  readonly uri: string;
  readonly version: number;
  readonly parsed: Parsed;
  /** Absolute path of the file; undefined for one that has not been saved yet. */
  readonly file: string | undefined;
  /** Base folder of relative paths; undefined where there is none. */
  readonly folder: string | undefined;
}

/** The open experiments. Each version of a text is parsed once, on first use. */
export class Experiments {
  readonly #documents: TextDocuments<TextDocument>;
  readonly #parsed = new WeakMap<TextDocument, { readonly version: number; readonly parsed: Parsed }>();

  constructor(documents: TextDocuments<TextDocument>) {
    this.#documents = documents;
  }

  get(uri: string): Experiment | undefined {
    const document = this.#documents.get(uri);
    if (!document) return undefined;
    const { version } = document;
    const known = this.#parsed.get(document);
    const parsed = known?.version === version ? known.parsed : languageService.parse(document.getText());
    if (parsed !== known?.parsed) this.#parsed.set(document, { version, parsed });
    return { uri, version, parsed, ...placeOf(uri) };
  }

  all(): Experiment[] {
    return this.#documents.all().flatMap(({ uri }) => this.get(uri) ?? []);
  }
}

export function placeOf(uri: string): Pick<Experiment, "file" | "folder"> {
  const parsed = URI.parse(uri);
  const file = parsed.scheme === "file" ? parsed.fsPath : undefined;
  return { file, folder: file && dirname(file) };
}
