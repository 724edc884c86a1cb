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
