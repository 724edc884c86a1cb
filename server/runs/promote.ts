import type { Member } from "../../schemas/run-files.gen.ts";
import { lastPromotion, type Promotion, promotion, type Standing } from "../sweep/asha.ts";
import { type halvingOf, meansOver } from "../sweep/halving.ts";
import { isSettled, isTrained, type MemberResult, resultsOf } from "../sweep/results.ts";
import type { EventLog } from "./eventLog.ts";
import { decisions, endHalved } from "./halve.ts";
import { readEvents } from "./logReader.ts";
import { memberResults } from "./memberResults.ts";
import type { RunDirectory } from "./runDirectory.ts";
import { memberDirectory } from "./sweep.ts";

interface Promoted extends ReturnType<typeof halvingOf> {
  readonly sweep: RunDirectory;
  /** Of the sweep. */
  readonly log: EventLog;
  readonly stop: { readonly requested?: string };
  /** Trains each run that `next` gives, up to its rung, as soon as there is a place. */
  readonly train: (next: Next, rungOf: (member: Pick<Member, "runId">) => number) => Promise<void>;
}

/** undefined: none before another has ended. */
type Next = () => Promise<Member | undefined>;

/**
 * Trains runs from rung to rung, each on as soon as it is among the best of those that have come to its rung so far, and ends the others
 * once no one is left. Who goes on is in the sweep's log before it does, so that a sweep that was killed goes on with the same ones.
 */
export async function promoted({ sweep, log, stop, eta, rung, train }: Promoted): Promise<void> {
  const goneOn = new Map<number, Set<string>>();
  const note = (epochs: number, runs: readonly string[]) =>
    goneOn.set(epochs, new Set([...(goneOn.get(epochs) ?? []), ...runs]));
  for (const { epochs, runs } of await decisions(sweep)) note(epochs, runs);
  const rungOf = ({ runId }: Pick<Member, "runId">): number => {
    let epochs = rung;
    while (goneOn.get(epochs)?.has(runId)) epochs *= eta;
    return epochs;
  };
  const goOn = ({ epochs, standing: { runs }, reached }: Promotion) => {
    log.append({ type: "rung", epochs, runs: [...runs], reached });
    note(epochs, runs);
  };
  const reading = rungReader(sweep);
  const standings = (results: readonly MemberResult[]) => standingsOf(results, { goneOn, rungOf, reading });
  /** Each is trained to a rung once: one that is stopped, or fails, waits until a person resumes the sweep. */
  const given = new Set<string>();
  const next: Next = async () => {
    for (;;) {
      const results = await memberResults(sweep);
      const left = results.filter(
        (one) => !hasCome(one, rungOf(one)) && !given.has(`${one.runId} ${rungOf(one)}`),
      );
      const begun = left.find((one) => rungOf(one) > rung);
      const found = begun ? undefined : promotion(await standings(results), eta);
      if (found !== undefined) goOn(found);
      else {
        const member = begun ?? left[0];
        if (member !== undefined) given.add(`${member.runId} ${rungOf(member)}`);
        return member;
      }
    }
  };
  for (;;) {
    await train(next, rungOf);
    const results = await memberResults(sweep);
    if (stop.requested !== undefined || !results.every((one) => hasCome(one, rungOf(one)))) return;
    const last = lastPromotion(await standings(results));
    if (last === undefined) return endOthers(sweep, results);
    goOn(last);
  }
}

/** A run whose numbers are not finite would come to the same end again. */
const hasCome = ({ summary }: MemberResult, epochs: number): boolean =>
  summary !== undefined &&
  (isSettled(summary) || (summary.member?.rung ?? 0) >= epochs || summary.code === "not-finite");

async function endOthers(sweep: RunDirectory, results: readonly MemberResult[]): Promise<void> {
  const rungs = new Set(results.map(({ summary }) => summary?.member?.rung ?? 0));
  const isAbove = (epochs: number) => (one: MemberResult) =>
    one.summary !== undefined && (isTrained(one.summary) || (one.summary.member?.rung ?? 0) > epochs);
  for (const epochs of rungs) {
    const on = results.filter(isAbove(epochs)).length;
    const there = results.filter(({ summary }) => (summary?.member?.rung ?? 0) === epochs);
    const words = `halved at epoch ${epochs}: ${on} of ${on + there.filter(({ summary }) => summary && !isTrained(summary)).length} runs went on`;
    await endHalved(sweep, there, { epochs, words });
  }
}

type Rungs = ReadonlyMap<number, Readonly<Record<string, number>>>;

/** What a run has reached at each rung that it has come to. Its log is read again once it has come to another. */
function rungReader(sweep: RunDirectory): (one: MemberResult) => Promise<Rungs> {
  const known = new Map<string, { readonly key: string; readonly rungs: Rungs }>();
  return async ({ runId, summary }) => {
    const key = `${summary?.member?.rung} ${summary?.state === "completed"}`;
    const found = known.get(runId);
    if (found?.key === key || summary === undefined) return found?.rungs ?? new Map();
    const rungs = await readRungs(memberDirectory(sweep, { runId }));
    known.set(runId, { key, rungs });
    return rungs;
  };
}

async function readRungs({ events }: RunDirectory): Promise<Rungs> {
  const rungs = new Map<number, Readonly<Record<string, number>>>();
  let last: Readonly<Record<string, number>> = {};
  for (const event of (await readEvents(events)).events) {
    if (
      event.type === "evaluation" &&
      event.split === "validation" &&
      (event.subject ?? "student") === "student"
    )
      last = Object.fromEntries(
        Object.entries(event.metrics).flatMap(([name, value]) =>
          value === null ? [] : [[`validation.${name}`, value]],
        ),
      );
    if (event.type === "stopped" && event.rung !== undefined && !event.halved) rungs.set(event.rung, last);
  }
  return rungs;
}

interface Known {
  readonly goneOn: ReadonlyMap<number, ReadonlySet<string>>;
  readonly rungOf: (member: Pick<Member, "runId">) => number;
  readonly reading: (one: MemberResult) => Promise<Rungs>;
}

async function standingsOf(
  results: readonly MemberResult[],
  { goneOn, rungOf, reading }: Known,
): Promise<Standing[]> {
  const rungs = new Map<string, Rungs>();
  for (const one of results) rungs.set(one.runId, await reading(one));
  return resultsOf(results).map(({ runs }) => {
    const each = runs.map((run) => ({ run, own: rungs.get(run.runId) ?? new Map() }));
    const broken = runs.find(({ summary }) => summary?.code === "not-finite");
    const common = [...(each[0]?.own.keys() ?? [])].filter((epochs) =>
      each.every(({ own }) => own.has(epochs)),
    );
    const at = new Map<number, Readonly<Record<string, number>> | undefined>(
      common.map((epochs) => [epochs, meansOver(each.flatMap(({ own }) => own.get(epochs) ?? []))]),
    );
    if (broken !== undefined) at.set(rungOf(broken), undefined);
    const ids = runs.map(({ runId }) => runId);
    return {
      runs: ids,
      at,
      goneOn: new Set([...goneOn].flatMap(([epochs, on]) => (ids.some((id) => on.has(id)) ? [epochs] : []))),
      isTrained: runs.every(({ summary }) => summary !== undefined && isTrained(summary)),
    };
  });
}
