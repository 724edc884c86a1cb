import {
  type Connection,
  DiagnosticSeverity,
  type Diagnostic as LspDiagnostic,
} from "vscode-languageserver/node";
import { inQuotes } from "../codeSpans.ts";
import type { Diagnostic } from "../language/check.ts";
import type { Executor, LastRun, TermSizes } from "../language/facts.ts";
import { languageService } from "../language/languageService.ts";
import type { DataCache } from "./data.ts";
import type { CachedEngines } from "./engines.ts";
import type { Experiment, Experiments } from "./experiments.ts";
import type { FileKnowledgeCache } from "./knowledge.ts";
import { withPatience } from "./patience.ts";

/** A pause in typing before the text is checked, short enough not to be noticed. */
const pauseMs = 40;

/** A file that does not answer within this time (a share that is gone) is reported later. */
const patienceMs = 2000;

export interface Diagnosing {
  readonly connection: Connection;
  readonly experiments: Experiments;
  readonly knowledge: FileKnowledgeCache;
  readonly data: DataCache;
  readonly engines: CachedEngines;
  /** Sizes of the loss terms in the last run of an experiment file. */
  readonly termSizes: (file: string) => TermSizes | undefined;
  /** What the newest run of an experiment file was warned of. */
  readonly lastRun: (file: string) => LastRun | undefined;
  /** Where the runs of a sweep would train. */
  readonly executor: () => Executor | undefined;
  /** The files of an experiment have been read, as far as they answer. */
  readonly onRefreshed: (experiment: Experiment) => void;
  /** Facts about an experiment's files have changed since its last check. */
  readonly onKnowledge: (uri: string) => void;
}

/** Publishes the findings of each open experiment, and clears resolved ones. */
export class Diagnostics {
  readonly #parts: Diagnosing;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #latest = new Map<
    string,
    { readonly version: number; readonly diagnostics: readonly Diagnostic[] }
  >();

  /** Versions that were checked with every run of a sweep: kept so until the text changes. */
  readonly #thorough = new Map<string, number>();

  constructor(parts: Diagnosing) {
    this.#parts = parts;
  }

  /** After a pause in typing: at once with known facts, and again when the files have been read. */
  schedule(uri: string, delayMs = pauseMs): void {
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.set(
      uri,
      setTimeout(() => {
        this.#waiting.delete(uri);
        void this.check(uri);
      }, delayMs),
    );
  }

  /** @param isThorough every run of a sweep is checked, however many there are */
  async check(uri: string, { isThorough = false } = {}): Promise<readonly Diagnostic[]> {
    const { experiments, knowledge, data, engines, onRefreshed, onKnowledge } = this.#parts;
    const experiment = experiments.get(uri);
    if (!experiment) return [];
    if (isThorough) this.#thorough.set(uri, experiment.version);
    this.#publish(experiment);
    const refreshes = Promise.all([
      knowledge.refresh(experiment),
      data.refresh(experiment),
      engines.refresh(experiment),
    ]);
    const refreshed = refreshes.then((better) => better.includes(true));
    const isKnownBetter = await withPatience(refreshed, patienceMs, (isBetter) => {
      if (isBetter) this.schedule(uri, 0);
    });
    const current = experiments.get(uri);
    if (current) onRefreshed(current);
    if (current?.version === experiment.version && isKnownBetter) {
      this.#publish(current);
      onKnowledge(uri);
    }
    return this.of(uri);
  }

  /** Those of the current text. */
  of(uri: string): readonly Diagnostic[] {
    const experiment = this.#parts.experiments.get(uri);
    if (!experiment) return [];
    const latest = this.#latest.get(uri);
    return latest?.version === experiment.version ? latest.diagnostics : this.#compute(experiment);
  }

  close(uri: string): void {
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.delete(uri);
    this.#latest.delete(uri);
    this.#thorough.delete(uri);
    void this.#parts.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  #publish(experiment: Experiment): void {
    const { uri, version } = experiment;
    const diagnostics = this.#compute(experiment).map((diagnostic) => toLsp(diagnostic, uri));
    void this.#parts.connection.sendDiagnostics({ uri, version, diagnostics });
  }

  #compute(experiment: Experiment): readonly Diagnostic[] {
    const { uri, version, parsed, file } = experiment;
    const { knowledge, data, engines, termSizes, lastRun, executor } = this.#parts;
    const shown = file === undefined ? undefined : termSizes(file);
    const warned = file === undefined ? undefined : lastRun(file);
    const diagnostics = languageService.check(parsed, {
      knowledge: knowledge.of(experiment),
      knownData: data.of(experiment),
      ...(shown ? { termSizes: shown } : {}),
      ...(warned ? { lastRun: warned } : {}),
      ...(engines.facts ? { engines: engines.facts } : {}),
      ...(engines.machine ? { machine: engines.machine } : {}),
      countFlops: engines.countFlops,
      executor: executor(),
      isThorough: this.#thorough.get(uri) === version,
    });
    this.#latest.set(uri, { version, diagnostics });
    return diagnostics;
  }
}

/** Editors show a message as it is, backticks too. */
export function toLsp({ code, severity, message, range, related }: Diagnostic, uri: string): LspDiagnostic {
  return {
    code,
    severity: severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    message: inQuotes(message),
    range,
    source: "distill",
    ...(related.length > 0
      ? {
          relatedInformation: related.map(({ range, message }) => ({
            location: { uri, range },
            message: inQuotes(message),
          })),
        }
      : {}),
  };
}
