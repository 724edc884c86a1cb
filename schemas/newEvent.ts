import type { RunEvent } from "./run-event.gen.ts";

/** An event as it is handed in: the log adds `seq`, `time` and `crc`. */
export type NewEvent = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, "seq" | "time" | "crc">
    : never
  : never;
