import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fated } from "../../test/run/fate.ts";
import { goOn } from "../../test/run/lives.ts";
import type { Scene } from "../../test/run/support.ts";
import { assertSameResult, type Kind, type Result } from "./kinds.ts";
import {
  assertCompleted,
  distill,
  type Environment,
  killAll,
  Logs,
  over,
  type Phase,
  phaseOf,
  phases,
  resume,
  runOf,
  standsOrEnds,
  stateOf,
} from "./lifetime.ts";

export interface Plan {
  readonly kind: Kind;
  readonly random: () => number;
  /** Whether it lasts longer than a moment. */
  readonly stops: boolean;
  readonly clock: boolean;
  /** Milliseconds in each phase. */
  readonly spans: ReadonlyMap<Phase, number>;
}

export interface Done {
  readonly kills: Record<string, number>;
  stops: number;
  jumps: number;
}

/** The event with which a phase begins. */
const entries: Readonly<Partial<Record<Phase, Readonly<Record<string, string | null>>>>> = {
  preflight: { type: "phase", phase: "preflight" },
  teacher: { type: "phase", phase: "teacher", subject: null },
  "training the teacher": { type: "phase", phase: "teacher", subject: "teacher" },
  cache: { type: "phase", phase: "cache" },
  "training the student": { type: "phase", phase: "train", subject: null },
  "training the student alone": { type: "phase", phase: "train", subject: "studentAlone" },
  evaluate: { type: "phase", phase: "evaluate" },
};

/** Points at which a process kills itself, since no signal from outside would hit them. */
const writes = {
  "writing a checkpoint": { opens: "/checkpoints/\\.[^/]*\\.tmp/.", most: 12 },
  "writing answers": { opens: "/cache/.*\\.part$", most: 1 },
} as const;

const preload = (name: string) => `--import=${new URL(name, import.meta.url).href}`;

/**
 * Starts a run, disturbs each of its phases, resumes it each time, and compares its result with an undisturbed run's.
 */
export async function disturb(scene: Scene, plan: Plan, expected: Result): Promise<Done> {
  const { random } = plan;
  const done: Done = { kills: {}, stops: 0, jumps: 0 };
  const clock = join(scene.folder, "clock");
  let run: string | undefined;

  const jump = async () => {
    if (!plan.clock) return;
    const hours = [1, 24, 24 * 400][Math.floor(random() * 3)] ?? 1;
    await writeFile(clock, String(Math.round((random() * 2 - 1) * hours * 3_600_000)));
    done.jumps += 1;
  };
  const live = async (fate: Environment = {}): Promise<{ run: string; logs: Logs }> => {
    await jump();
    const options = [fate["NODE_OPTIONS"], plan.clock ? preload("movedClock.ts") : undefined].filter(
      (option) => option !== undefined,
    );
    const environment = {
      ...fate,
      ...(plan.clock ? { DISTILL_TEST_CLOCK: clock } : {}),
      ...(options.length > 0 ? { NODE_OPTIONS: options.join(" ") } : {}),
    };
    if (run !== undefined) {
      const logs = new Logs(run);
      await resume(run, environment);
      return { run, logs };
    }
    const { code, stderr } = await distill(["run", scene.file, "--detach"], environment);
    run = await runOf(scene);
    if (code !== 0 || run === undefined) throw new Error(`the run did not start: ${stderr}`);
    return { run, logs: new Logs(run, "beginning") };
  };

  for (const target of planned(plan.kind, random)) {
    if (run !== undefined && (await stateOf(run)) === "completed") break;
    if (target in writes) {
      const { opens, most } = writes[target as keyof typeof writes];
      const which = plan.kind === "sweep" ? { run: `-0${1 + Math.floor(random() * 3)}$` } : {};
      const fate = { signal: "SIGKILL", opens, nth: 1 + Math.floor(random() * most), ...which } as const;
      const life = await live(fated(fate));
      await over(life.run);
      if ((await stateOf(life.run)) !== "completed") count(done.kills, target);
      continue;
    }
    const phase = target as Phase;
    // It is suspended as it enters the phase, so that the kill hits that phase however busy the machine is.
    const entry = entries[phase];
    const life = await live(entry && fated({ signal: "SIGSTOP", event: entry }));
    if (entry !== undefined) {
      const pid = await standsOrEnds(life.run);
      if (pid === undefined) continue;
      await jump();
      if (plan.stops) await sleep(random() * 50);
      goOn(pid);
      done.stops += 1;
    }
    await sleep(random() * 0.8 * (plan.spans.get(phase) ?? 300));
    await jump();
    // All processes at once, as in a power cut; or, of a sweep, its own trainer or that of the member that trains.
    const share = random();
    const killed = await killAll(life.run, (pids) =>
      share < 0.5 ? pids : share < 0.75 ? pids.slice(0, 1) : pids.slice(-1),
    );
    if (killed > 0 && (await stateOf(life.run)) !== "completed")
      count(done.kills, phaseOf(life.logs.events()));
  }
  if (run === undefined || (await stateOf(run)) !== "completed") await over((await live()).run);
  if (run === undefined) throw new Error("no run");
  await assertCompleted(run);
  await assertSameResult(run, expected);
  return done;
}

/** Some kills for each phase of such a run, in the run's order. */
function planned(kind: Kind, random: () => number): string[] {
  const has: Record<string, boolean> = {
    cache: kind !== "live",
    "writing answers": kind !== "live",
    "training the student alone": kind === "live" || kind === "cached",
  };
  const order: readonly string[] = phases.flatMap((phase): string[] =>
    phase === "cache"
      ? ["cache", "writing answers"]
      : phase === "training the student"
        ? [phase, "writing a checkpoint", phase, "writing a checkpoint"]
        : [phase],
  );
  return order
    .filter((phase) => has[phase] ?? true)
    .flatMap((phase) => (random() < 0.3 ? [phase, phase] : [phase]));
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
