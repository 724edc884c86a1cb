import { createHash } from "node:crypto";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import type { SweepStop } from "../executors/executor.ts";
import { resolve } from "../language/resolve.ts";
import type { StudentBudget, SweptStudent } from "../language/studentBudget.ts";
import { type TimingAnswer, type TimingRequest, timingArgument } from "../netTiming.ts";
import { ownTrainer } from "../packageRoot.ts";
import { lastWords, type Outcome, run } from "../subprocess.ts";
import type { Settings } from "../sweep/expand.ts";
import { shareOf } from "./room.ts";
import { RunError } from "./runError.ts";

/** What a sweep has measured of its students, and may still measure. */
export interface LatencyBudget {
  /** A combination whose student was not timed, or cannot be, fits. */
  readonly fits: (point: Settings) => boolean;
  /** Keeps combinations that do not fit, by which a search moves away from them and a report names them. */
  readonly refuse: (points: readonly Settings[]) => void;
  /** Times the students of combinations that were not timed yet, each net once, while no run of the sweep trains. */
  readonly time: (points: readonly Settings[]) => Promise<void>;
  /** Combinations whose students could not be opened, with why, since this was asked last. */
  readonly untimed: () => readonly Untimed[];
  /** What stays in the sweep's job. */
  readonly measured: () => NonNullable<Job["latency"]>;
}

interface Untimed {
  readonly settings: Settings;
  readonly why: string;
}

interface Timing {
  readonly experiment: Experiment;
  readonly budget: Pick<StudentBudget, "timed">;
  readonly stop: SweepStop;
}

/**
 * The budget of milliseconds of a sweep; undefined where it has none.
 * @param job what it measured before is not measured again
 */
export function latencyBudget(
  { latency, members = [], planned = members.length, baseDirectory }: Job,
  { experiment, budget, stop }: Timing,
): LatencyBudget | undefined {
  const limit = experiment.sweep?.budget?.latencyMs;
  if (limit === undefined) return undefined;
  const times = new Map(latency?.nets.map(({ net, ms }) => [net, ms]));
  const refused = new Map(latency?.nets.map(({ net, refused = [] }) => [net, refused]));
  const known = new Map<string, Known>();
  const studentOf = (point: Settings): Known => {
    const key = JSON.stringify(point);
    const found = known.get(key) ?? hashed(budget.timed(point));
    known.set(key, found);
    return found;
  };
  const failed = new Set<string>();
  let untimed: Untimed[] = [];
  const { threads } = shareOf(experiment, planned);
  return {
    fits: (point) => (times.get(studentOf(point).hash) ?? 0) <= limit,
    refuse(points) {
      for (const point of points) {
        const { hash } = studentOf(point);
        const known = refused.get(hash) ?? [];
        const isNew = known.length < mostNamed && !known.some((other) => isSame(other, point));
        if (isNew) refused.set(hash, [...known, point]);
      }
    },
    async time(points) {
      const left = new Map<string, Known & { readonly settings: Settings }>();
      for (const settings of points) {
        const own = studentOf(settings);
        if (!times.has(own.hash) && !failed.has(own.hash) && !left.has(own.hash))
          left.set(own.hash, { ...own, settings });
      }
      if (left.size === 0 || stop.requested !== undefined) return;
      const { engine, device, training } = resolve(experiment);
      const answer = await timedApart(
        {
          engine: { engine, device, precision: training.precision },
          threads,
          baseDirectory,
          students: [...left.values()].map(({ student }) => student),
        },
        stop,
      );
      if (stop.requested !== undefined) return;
      if ("problem" in answer)
        throw new RunError(answer.problem.code, answer.problem.message, answer.problem.hint ?? "");
      for (const [index, { hash, settings }] of [...left.values()].entries()) {
        const ms = answer.ms[index];
        if (typeof ms === "number") times.set(hash, ms);
        else {
          failed.add(hash);
          untimed.push({ settings, why: ms?.message ?? "" });
        }
      }
    },
    untimed() {
      const told = untimed;
      untimed = [];
      return told;
    },
    measured: () => ({
      limit,
      nets: [...times].map(([net, ms]) => {
        const without = refused.get(net) ?? [];
        return { net, ms, ...(without.length === 0 ? {} : { refused: [...without] }) };
      }),
    }),
  };
}

/** Combinations with the same slow net that a job keeps. */
const mostNamed = 20;

const isSame = (one: Settings, other: Settings) => JSON.stringify(one) === JSON.stringify(other);

interface Known extends Pick<SweptStudent, "student"> {
  readonly hash: string;
}

const hashed = ({ student, key }: SweptStudent): Known => ({
  student,
  hash: createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 16),
});

/** By a process of its own, so that the memory of engine and card is free when runs train. */
async function timedApart(message: TimingRequest, stop: SweepStop): Promise<TimingAnswer> {
  const cancelled = new AbortController();
  const { pass } = stop;
  stop.pass = () => cancelled.abort();
  let answer: TimingAnswer | undefined;
  try {
    const outcome = await run(process.execPath, [ownTrainer(), timingArgument], {
      env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
      signal: cancelled.signal,
      message,
      onMessage: (given) => {
        answer = given as TimingAnswer;
      },
    });
    return answer ?? notTimed(outcome);
  } catch (error) {
    if (!cancelled.signal.aborted) throw error;
    return notTimed({ code: null, signal: "SIGTERM", stdout: "", stderr: "" });
  } finally {
    if (pass === undefined) delete stop.pass;
    else stop.pass = pass;
  }
}

function notTimed(outcome: Outcome): TimingAnswer {
  const { code, signal } = outcome;
  const words = lastWords(outcome, 300);
  return {
    problem: {
      code: "not-timed",
      message: `The students could not be timed: their process ended ${signal ? `by ${signal}` : `with code ${code}`}.`,
      hint: `${words === "" ? "" : `It said: ${words}. `}Without sweep.budget.latencyMs none is timed.`,
    },
  };
}
