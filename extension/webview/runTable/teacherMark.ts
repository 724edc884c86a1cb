import type { RunSummary } from "../../../server/protocol.ts";
import type { Column } from "./columns.ts";

/** What the teacher reaches in a metric of the students; undefined where runs have several teachers, or none was measured. */
export function teacherMark(runs: readonly RunSummary[], metric: Column | undefined): number | undefined {
  if (metric?.kind !== "metric") return undefined;
  const reached = new Set(runs.flatMap(({ metrics }) => metrics[`teacher.${metric.id}`] ?? []));
  const [value] = reached;
  return reached.size === 1 ? value : undefined;
}
