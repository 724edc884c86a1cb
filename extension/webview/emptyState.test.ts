import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../server/protocol.ts";
import type { Tab } from "../panel/messages.ts";
import { emptyState } from "./emptyState.ts";

/** As much of an element as the page builds. */
interface Built {
  readonly tag: string;
  textContent: string;
  readonly children: (Built | string)[];
  press: () => void;
}

Reflect.set(globalThis, "document", {
  createElement(tag: string) {
    const built: Built = { tag, textContent: "", children: [], press: () => undefined };
    return Object.assign(built, {
      setAttribute: () => undefined,
      addEventListener: (_: string, listener: () => void) => Object.assign(built, { press: listener }),
      append: (...children: Built[]) => built.children.push(...children),
    });
  },
});

const all = (built: Built): Built[] => [
  built,
  ...built.children.flatMap((child) => (typeof child === "string" ? [] : all(child))),
];

test("where no run is ticked, it is said what one is ticked for in this tab", () => {
  const words = (tab: Tab) => {
    const found = emptyState({
      tab,
      loaded: true,
      isDown: false,
      known: 1,
      shown: [],
      hasPoints: false,
      reading: false,
      command: () => undefined,
    }) as unknown as Built;
    return all(found).find((element) => element.tag === "p")?.textContent;
  };
  assert.equal(words("charts"), "Tick a run in the list to draw its curves.");
  assert.equal(words("inspect"), "Tick a run in the list to see what its networks say of each sample.");
});

test("while the server is down, what waits for it says so, with a way on", () => {
  const commands: string[] = [];
  const titles = (view: object) => {
    const found = emptyState({
      tab: "charts",
      loaded: true,
      isDown: true,
      known: 1,
      shown: [{ name: "a", state: "completed" } as RunSummary],
      hasPoints: false,
      reading: true,
      command: (command) => commands.push(command),
      ...view,
    }) as unknown as Built | undefined;
    const elements = found === undefined ? [] : all(found);
    for (const { tag, press } of elements) if (tag === "button") press();
    return elements.filter(({ tag }) => tag === "h2").map(({ textContent }) => textContent);
  };
  const down = ["The language server is not running"];
  assert.deepEqual(titles({}), down);
  assert.deepEqual(commands, ["restartServer", "showServerLog"]);
  assert.deepEqual(titles({ loaded: false, known: 0, shown: [], reading: false }), down);
  assert.deepEqual(titles({ hasPoints: true }), []);
  assert.deepEqual(titles({ isDown: false }), ["Reading…"]);
  assert.deepEqual(titles({ isDown: false, loaded: false }), ["Looking for runs…"]);
});
