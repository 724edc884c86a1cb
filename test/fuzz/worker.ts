import type { ChildProcess } from "node:child_process";

/** What a process that tries cases says: before each door, and behind each case. */
export type Message<Finding> =
  | { readonly door: string; readonly number: number }
  | { readonly done: number; readonly findings: readonly Finding[] };

/** A worker that says nothing for so long stands still inside a door. */
const silenceMs = 60_000;

/** @returns where and how the worker ended */
export function watched<Finding>(
  worker: ChildProcess,
  onDone: (message: Extract<Message<Finding>, { done: number }>) => void,
): Promise<{ readonly door: string; readonly what: string }> {
  return new Promise((resolve) => {
    let door = "start";
    let timer = setTimeout(() => {}, 0);
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        resolve({ door, what: "stands still" });
        worker.kill("SIGKILL");
      }, silenceMs);
    };
    wait();
    worker.on("message", (message: Message<Finding>) => {
      wait();
      if ("door" in message) door = message.door;
      else onDone(message);
    });
    worker.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ door, what: `ends the process: ${signal ?? code}` });
    });
  });
}

/** In the process that tries cases: numbers `from` and on, each told before a door and behind the case. */
export async function sayCases<Case>(
  { from, count }: { readonly from: number; readonly count: number },
  caseOf: (number: number) => Case,
  attempt: (one: Case, atDoor: (door: string) => void) => Promise<readonly CaseFinding<Case>[]>,
): Promise<void> {
  const say = (message: Message<CaseFinding<Case>>) => process.send?.(message);
  let current: Case | undefined;
  const stray: CaseFinding<Case>[] = [];
  // Whoever asked for it is gone.
  const leave = () => process.exit();
  process.on("disconnect", leave);
  for (const kind of ["unhandledRejection", "uncaughtException"] as const)
    process.on(kind, (error: unknown) => {
      if (current) stray.push({ case: current, door: kind, what: String((error as Error)?.stack ?? error) });
    });
  for (let number = from; number < from + count; number++) {
    current = caseOf(number);
    const findings = await attempt(current, (door) => say({ door, number }));
    await new Promise((resolve) => setImmediate(resolve));
    say({ done: number, findings: [...findings, ...stray.splice(0)] });
  }
  process.off("disconnect", leave);
  process.disconnect?.();
}

interface CaseFinding<Case> {
  readonly case: Case;
  readonly door: string;
  readonly what: string;
}
