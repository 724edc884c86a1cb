import type { Connection } from "vscode-languageserver/node";
import {
  AnnotateRun,
  CreateExample,
  CreateSampleData,
  DeleteRun,
  FindNode,
  ListRuns,
  ListTrainingPlaces,
  ReadEvents,
  ReadResultCard,
  ReadRunExperiment,
  ReadRunFacts,
  ReadSeries,
  ReadSettings,
  ReadTrainerLog,
  type Refused,
  ResumeRun,
  RunEvents,
  RunsChanged,
  type Settings,
  StartRun,
  StopRun,
} from "../../protocol.ts";
import { resultCard } from "../../report/card.ts";
import { experimentOfRun } from "../../runs/experimentOfRun.ts";
import { eventsAfter } from "../../runs/logReader.ts";
import { writeNotes } from "../../runs/notes.ts";
import { runDirectory } from "../../runs/runDirectory.ts";
import { RunError } from "../../runs/runError.ts";
import { runFacts } from "../../runs/runFacts.ts";
import { readSeries, type SeriesCache } from "../../runs/series.ts";
import { settingsTable } from "../../runs/settingsTable.ts";
import { trainerLog } from "../../runs/trainerLog.ts";
import { inEditor, runCommands } from "./runCommands.ts";
import type { RunsHub, RunsListener } from "./runsHub.ts";
import { inTurns } from "./turns.ts";

/** Tells the client of everything that happens to runs. */
export const notifyClient = (connection: Connection): RunsListener => ({
  runsChanged: (runs, removed) => void connection.sendNotification(RunsChanged, { runs, removed }),
  runEvents: (directory, events) => void connection.sendNotification(RunEvents, { directory, events }),
});

/** Logs that are read for charts at a time: between their blocks the server answers the editor. */
const readers = 4;

/** An unreadable log has nothing to draw; the run's summary tells why. */
const orNothing = <T>(read: Promise<T>, nothing: T): Promise<T> =>
  read.catch((error: unknown) => {
    if (error instanceof RunError) return nothing;
    throw error;
  });

const refused = (error: unknown): Refused => {
  if (!(error instanceof RunError)) throw error;
  const { code, message, hint } = error;
  return { problem: { code, message, hint: inEditor(hint) } };
};

/** Answers the requests about runs. */
export function answerRunRequests(
  connection: Connection,
  {
    hub,
    settings,
    findRuns,
  }: {
    readonly hub: RunsHub;
    readonly settings: () => Settings;
    /** Has the hub watch every folder of runs in the workspace. */
    readonly findRuns: () => Promise<void>;
  },
): void {
  const commands = runCommands(settings);
  const series: SeriesCache = new Map();
  const inTurn = inTurns(readers);

  connection.onRequest(StartRun, async (params) => {
    const started = await commands.start(params);
    if ("directory" in started) await list(started.directory);
    return started;
  });
  connection.onRequest(ListTrainingPlaces, ({ directory }) => commands.places(directory));
  connection.onRequest(ResumeRun, async ({ directory, acceptChangedData, ...changes }) => {
    const started = await commands.resume(directory, changes, { acceptChangedData });
    if ("directory" in started) await list(started.directory);
    return started;
  });
  connection.onRequest(FindNode, () => commands.findNode());
  connection.onRequest(CreateExample, ({ parent }) => commands.createExample(parent));
  connection.onRequest(CreateSampleData, ({ uri }) => commands.createSampleData(uri));
  connection.onRequest(StopRun, ({ directory, force = false }) => commands.stop(directory, force));
  connection.onRequest(DeleteRun, async ({ directory }) => {
    const done = await commands.remove(directory);
    hub.touch(directory);
    return done;
  });
  connection.onRequest(AnnotateRun, async ({ directory, ...notes }) => {
    try {
      await writeNotes(directory, notes);
    } catch (error) {
      return refused(error);
    }
    hub.touch(directory);
    return {};
  });
  connection.onRequest(ListRuns, async () => {
    await findRuns(); // A watch tells nothing of folders that come within folders that have only just come.
    return hub.list();
  });
  connection.onRequest(ReadSeries, ({ directory, ...query }) =>
    orNothing(
      inTurn(() => readSeries(directory, query, series)),
      { series: {}, available: [], lastSeq: -1 },
    ),
  );
  connection.onRequest(ReadEvents, ({ directory, afterSeq }) =>
    orNothing(eventsAfter(runDirectory(directory).events, afterSeq), []),
  );

  connection.onRequest(ReadRunFacts, ({ directory }) => runFacts(directory).catch(refused));
  connection.onRequest(ReadSettings, ({ directories }) => settingsTable(directories));
  connection.onRequest(ReadRunExperiment, ({ directory }) => experimentOfRun(directory).catch(refused));
  connection.onRequest(ReadResultCard, ({ directory }) => resultCard(directory).catch(refused));
  connection.onRequest(ReadTrainerLog, async ({ directory }) => {
    try {
      const text = await trainerLog(directory);
      return text === undefined ? {} : { text };
    } catch (error) {
      return refused(error);
    }
  });

  async function list(directory: string): Promise<void> {
    hub.touch(directory);
    await hub.add(runDirectory(directory).path.replace(/[\\/][^\\/]+$/, ""));
  }
}
