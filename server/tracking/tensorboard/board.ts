import type { RunEvent } from "../../../schemas/run-event.gen.ts";
import { scalarsOf } from "../scalars.ts";
import { createEventFile, type EventFile } from "./eventFile.ts";

/** A run as TensorBoard reads it: one folder, one event file for each of its trainers. */
export interface Board {
  /** Throws what the file system throws. */
  add(event: RunEvent): void;
  close(): void;
}

export interface BoardOptions {
  /** Of the experiment, by path: shown as hyperparameters. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** Unix seconds in the name of the file. */
  readonly seconds?: number;
}

/** TensorBoard's table of hyperparameters fails on more. */
const mostSettings = 500;

export function openBoard(folder: string, { settings, seconds }: BoardOptions): Board {
  const file = createEventFile(folder, seconds);
  return {
    add: (event) => addTo(file, event, settings),
    close: () => file.close(),
  };
}

function addTo(file: EventFile, event: RunEvent, settings: BoardOptions["settings"]): void {
  const at = event.time / 1000;
  if (event.type === "started") {
    if (event.mode === "resume") {
      file.restart(event.step, at);
      return;
    }
    const known = Object.entries(settings).filter(([, value]) => value !== null);
    file.hyperparameters(Object.fromEntries(known.slice(0, mostSettings)) as Record<string, string>, at);
    file.text("experiment", table(known), 0, at);
    return;
  }
  for (const [tag, value] of scalarsOf(event)) file.scalar(tag, value ?? Number.NaN, stepOf(event), at);
}

const stepOf = (event: RunEvent): number => ("step" in event ? event.step : 0);

/** In Markdown, which TensorBoard shows; a code span has no markup. */
const table = (rows: readonly (readonly [string, unknown])[]): string =>
  ["| setting | value |", "|---|---|", ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`)].join("\n");

const cell = (value: unknown): string => `\`${String(value).replaceAll(/[`|\r\n]/g, " ")}\``;
