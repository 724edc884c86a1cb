import { ReadEvents, ReadRunFacts, ReadSeries } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import type { RunDetails } from "./messages.ts";

/**
 * The completed event is the last of a finished run; a few events before it are read as well, in case another followed.
 */
const lastEvents = 8;

/**
 * A comparison's data of a run beyond its summary: resolved parameters, and the last event. Undefined where the server has not
 * answered.
 */
export async function readDetails(
  connection: Connection,
  directory: string,
): Promise<RunDetails | undefined> {
  const [facts, result] = await Promise.all([
    connection.ask(ReadRunFacts, { directory }),
    readResult(connection, directory),
  ]);
  if (facts === undefined) return undefined;
  return {
    directory,
    ...("problem" in facts ? { damage: facts.problem.message } : { parameters: facts.settings }),
    ...(result?.teacherParameters === undefined ? {} : { teacherParameters: result.teacherParameters }),
    ...(result?.teacherLearned === undefined ? {} : { teacherLearned: result.teacherLearned }),
    ...(typeof result?.latencyMs === "number" ? { latencyMs: result.latencyMs } : {}),
    ...(result?.waitingForData === undefined ? {} : { waitingForData: result.waitingForData }),
  };
}

async function readResult(connection: Connection, directory: string) {
  const read = await connection.ask(ReadSeries, { directory, series: [], buckets: 1 });
  if (read === undefined) return undefined;
  const afterSeq = Math.max(-1, read.lastSeq - lastEvents);
  const events = await connection.ask(ReadEvents, { directory, afterSeq });
  for (const event of events?.toReversed() ?? []) if (event.type === "completed") return event.summary;
  return undefined;
}
