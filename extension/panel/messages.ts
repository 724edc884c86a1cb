import type {
  InspectLine,
  InspectQuery,
  ResultCard,
  RunSummary,
  SeriesResult,
  SettingsTable,
} from "../../server/protocol.ts";

/** All messages between chart panel and extension host; both sides validate them. */

export const tabs = ["charts", "runs", "compare", "inspect", "table"] as const;
export type Tab = (typeof tabs)[number];

/** Host → panel. */
export type HostMessage =
  | {
      readonly type: "runs";
      /** All, or with `removed` those that are new or have changed. */
      readonly runs: readonly RunSummary[];
      /** Directories of runs that are gone. */
      readonly removed?: readonly string[];
      /** What sweeps that are complete have found, a sentence each, by their directories. */
      readonly answers: Readonly<Record<string, string>>;
      readonly loaded: boolean;
      /** The language server answers nothing until a person restarts it. */
      readonly isDown: boolean;
      readonly defaults: Defaults;
    }
  /** Show exactly these runs. */
  | { readonly type: "show"; readonly directories: readonly string[]; readonly tab?: Tab }
  | {
      readonly type: "series";
      readonly request: number;
      readonly directory: string;
      readonly result: SeriesResult;
    }
  /** There is no answer to this request: request again what is still needed. */
  | { readonly type: "unread"; readonly request: number }
  | { readonly type: "points"; readonly directory: string; readonly points: Points }
  /** The server was restarted: read its data again. */
  | { readonly type: "stale" }
  | { readonly type: "details"; readonly details: readonly RunDetails[] }
  /** Of these runs, in this order. */
  | { readonly type: "settings"; readonly directories: readonly string[]; readonly table: SettingsTable }
  | { readonly type: "card"; readonly directory: string; readonly card: CardRead }
  /** What the page wanted to write about a run and nobody has kept. */
  | { readonly type: "unkept"; readonly directory: string; readonly annotation: Annotation }
  | { readonly type: "inspection"; readonly directory: string; readonly line: InspectLine };

/** Or why it cannot be read. */
export type CardRead = ResultCard | { readonly damage: string };

/** What a person writes about a run. */
export interface Annotation {
  readonly note?: string;
  readonly tags?: readonly string[];
}

export interface Defaults {
  readonly smoothing: number;
  readonly logScale: boolean;
}

/** New points of a run's series, from its events `fromSeq` … `toSeq` without a gap. */
export interface Points {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly points: readonly Point[];
  /** The run went back to a checkpoint: steps after it no longer count. */
  readonly rewound: boolean;
}
export interface Point {
  readonly seq: number;
  readonly step: number;
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly time: number;
  /** By series name; a value that is not finite is null. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** By path. */
export type Parameters = Readonly<Record<string, string | number | boolean | null>>;

/** Data for a comparison beyond the summary. */
export interface RunDetails {
  readonly directory: string;
  /** The resolved experiment's leaves by path: `losses[0].temperature` → 4. Absent where it cannot be read. */
  readonly parameters?: Parameters;
  /** Sentences that name files which cannot be read, and why. */
  readonly damage?: string;
  readonly teacherParameters?: number;
  /** Of a teacher without parameters. */
  readonly teacherLearned?: {
    readonly trees?: number;
    readonly treeNodes?: number;
    readonly supportVectors?: number;
  };
  readonly latencyMs?: number;
  /** Share of the steps' time. */
  readonly waitingForData?: number;
}

/** Panel → host. */
export type PanelMessage =
  | { readonly type: "ready" }
  /** The page's settings, with which another host can open it again, and those that each new page begins with. */
  | { readonly type: "keep"; readonly state: object; readonly layout: object }
  | {
      readonly type: "read";
      readonly request: number;
      readonly directory: string;
      readonly series: readonly string[];
      readonly range?: readonly [number, number];
      readonly buckets: number;
    }
  | { readonly type: "readDetails"; readonly directories: readonly string[] }
  | { readonly type: "readSettings"; readonly directories: readonly string[] }
  | ({ readonly type: "annotate"; readonly directory: string } & Annotation)
  | { readonly type: "readCard"; readonly directory: string }
  /** Without a query it reopens the run. */
  | { readonly type: "inspect"; readonly directory: string; readonly query?: InspectQuery }
  | { readonly type: "leaveInspection" }
  | {
      readonly type: "save";
      readonly format: "png" | "svg";
      readonly name: string;
      readonly data: string;
    }
  /** Every recorded step of these runs, which the page does not have. */
  | { readonly type: "saveCsv"; readonly name: string; readonly directories: readonly string[] }
  | { readonly type: "command"; readonly command: PanelCommand; readonly directory?: string };

const panelCommands = [
  "newExperiment",
  "tryIt",
  "run",
  "openWalkthrough",
  "showLog",
  "revealExperiment",
  "stop",
  "resume",
  "report",
  "restartServer",
  "showServerLog",
] as const;
export type PanelCommand = (typeof panelCommands)[number];

/** A panel's message; undefined for anything else, since input from a web page is not trusted. */
export function parsePanelMessage(value: unknown): PanelMessage | undefined {
  if (!isRecord(value)) return undefined;
  switch (value["type"]) {
    case "ready":
      return { type: "ready" };
    case "keep":
      return isRecord(value["state"]) && isRecord(value["layout"])
        ? { type: "keep", state: value["state"], layout: value["layout"] }
        : undefined;
    case "read": {
      const { request, directory, series, range, buckets } = value;
      if (!isCount(request) || typeof directory !== "string" || !isStrings(series) || !isCount(buckets))
        return undefined;
      if (range !== undefined && !isRange(range)) return undefined;
      return { type: "read", request, directory, series, buckets, ...(range === undefined ? {} : { range }) };
    }
    case "readDetails":
      return isStrings(value["directories"])
        ? { type: "readDetails", directories: value["directories"] }
        : undefined;
    case "readSettings":
      return isStrings(value["directories"])
        ? { type: "readSettings", directories: value["directories"] }
        : undefined;
    case "annotate": {
      const { directory, note, tags } = value;
      if (typeof directory !== "string" || (note !== undefined && typeof note !== "string")) return undefined;
      if (tags !== undefined && !isStrings(tags)) return undefined;
      return {
        ...{ type: "annotate", directory },
        ...(note === undefined ? {} : { note }),
        ...(tags === undefined ? {} : { tags }),
      };
    }
    case "readCard":
      return typeof value["directory"] === "string"
        ? { type: "readCard", directory: value["directory"] }
        : undefined;
    case "inspect": {
      const { directory, query } = value;
      if (typeof directory !== "string") return undefined;
      if (query === undefined) return { type: "inspect", directory };
      return isQuery(query) ? { type: "inspect", directory, query } : undefined;
    }
    case "leaveInspection":
      return { type: "leaveInspection" };
    case "save": {
      const { format, name, data } = value;
      if (format !== "png" && format !== "svg") return undefined;
      if (!isFileName(name) || typeof data !== "string") return undefined;
      return { type: "save", format, name, data };
    }
    case "saveCsv": {
      const { name, directories } = value;
      return isFileName(name) && isStrings(directories) ? { type: "saveCsv", name, directories } : undefined;
    }
    case "command": {
      const { directory } = value;
      const command = panelCommands.find((known) => known === value["command"]);
      if (command === undefined || (directory !== undefined && typeof directory !== "string"))
        return undefined;
      return { type: "command", command, ...(directory === undefined ? {} : { directory }) };
    }
    default:
      return undefined;
  }
}

const hostTypes: ReadonlySet<unknown> = new Set<HostMessage["type"]>([
  "runs",
  "show",
  "series",
  "unread",
  "points",
  "stale",
  "details",
  "settings",
  "card",
  "unkept",
  "inspection",
]);

/** The host is our own code in another process; its messages are typed. */
export function isHostMessage(value: unknown): value is HostMessage {
  return isRecord(value) && hostTypes.has(value["type"]);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
/** Details are validated by the process. */
const isQuery = (value: unknown): value is InspectQuery =>
  isRecord(value) && [value["request"], value["from"], value["count"]].every(isCount);
const isFileName = (value: unknown): value is string => typeof value === "string" && !/[\\/]/.test(value);
const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");
const isRange = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((end) => Number.isFinite(end));
