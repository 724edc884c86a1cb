import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { RunSummary } from "../../server/protocol.ts";
import { atRest, bucketed, openPanelPage, type PanelPage, summary } from "./panelPage.ts";
import { until } from "./until.ts";

/** What is written about runs in the table of the chart panel, and what becomes of it. */
let panel: PanelPage | undefined;
afterEach(() => panel?.close());

async function open(own: Partial<RunSummary>) {
  const opened = await openPanelPage({
    runs: [summary(0, own), summary(1)],
    shown: [],
    series: ["loss"],
    lastSeq: 10,
    state: { tab: "runs" },
    read: (_run, _name, buckets) => bucketed(() => 1, { from: 1, to: 10, buckets }),
  });
  panel = opened;
  const { page } = opened;
  const row = page.locator('table.runs tbody tr[data-line="/runs/0"]');
  const field = (name: "note" | "tags") => row.getByRole("textbox", { name: new RegExp(`^${name} of`) });
  return {
    page,
    cell: (name: "note" | "tags") => row.locator(`td.${name}`),
    field,
    async edit(name: "note" | "tags", text: string) {
      await row.getByRole("button", { name: new RegExp(`^${name} of`) }).click();
      await page.keyboard.press("Control+A");
      await page.keyboard.insertText(text);
    },
    /** What another window or a terminal wrote. */
    async become(now: Partial<RunSummary>) {
      await opened.tell({
        type: "runs",
        runs: [summary(0, now), summary(1)],
        answers: {},
        loaded: true,
        isDown: false,
        defaults: { smoothing: 0.6, logScale: false },
      });
      await page.evaluate(atRest);
    },
    refuse: (annotation: Pick<RunSummary, "note" | "tags">) =>
      opened.tell({ type: "unkept", directory: "/runs/0", annotation }),
    said: () =>
      opened.said.flatMap((message) => {
        if (message.type !== "annotate") return [];
        const { type: _, directory: _of, ...annotation } = message;
        return [annotation];
      }),
  };
}

test("Enter keeps a note and closes its field; what was written is shown before the run has it", async () => {
  const { page, cell, field, edit, said, become } = await open({ note: "first" });
  await edit("note", '"second" 😀 <b>');
  await page.keyboard.press("Enter");
  await until("the note to be sent", () => said().length === 1);
  assert.deepEqual(said(), [{ note: '"second" 😀 <b>' }]);
  assert.equal(await field("note").count(), 0);
  assert.equal(await cell("note").textContent(), '"second" 😀 <b>');
  assert.equal(
    await page.evaluate("document.activeElement.dataset.control"),
    "edit note",
    "the keyboard goes on from there",
  );
  await become({ note: "third, of a terminal" });
  await cell("note").getByText("third, of a terminal").waitFor();
});

test("a note of several lines stays as it is when its field is left, and Shift+Enter adds one", async () => {
  const note = 'one\n\ttwo "three"';
  const { page, cell, edit, field, said } = await open({ note });
  await cell("note").getByRole("button").click();
  assert.equal(await field("note").inputValue(), note);
  await page.getByRole("tab", { name: "Runs" }).focus();
  await until("the field to close", async () => (await field("note").count()) === 0);
  await edit("note", note);
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("four");
  await page.keyboard.press("Enter");
  await until("the note to be sent", () => said().length === 1);
  assert.deepEqual(said(), [{ note: `${note}\nfour` }]);
});

test("a note that was changed elsewhere meanwhile is replaced only by a second Enter, and stays by Escape", async () => {
  const { page, cell, field, edit, said, become } = await open({ note: "first" });
  await edit("note", "mine");
  await become({ note: "theirs" });
  await page.keyboard.press("Enter");
  const warning = cell("note").getByRole("alert");
  await warning.filter({ hasText: "became “theirs” meanwhile" }).waitFor();
  assert.equal(await field("note").inputValue(), "mine");
  assert.deepEqual(said(), []);
  await page.keyboard.press("Escape");
  assert.equal(await cell("note").textContent(), "theirs");
  await edit("note", "mine");
  await become({});
  await page.keyboard.press("Enter");
  await warning.filter({ hasText: "was removed meanwhile" }).waitFor();
  await page.keyboard.press("Enter");
  await until("the note to be sent", () => said().length === 1);
  assert.deepEqual(said(), [{ note: "mine" }]);
});

test("tags that were written here and elsewhere at once are all kept, and those that were removed are gone", async () => {
  const { page, edit, said, become } = await open({ tags: ["odd", "slow"] });
  await edit("tags", "odd, keep");
  await become({ tags: ["odd", "slow", "theirs"] });
  await page.keyboard.press("Enter");
  await until("the tags to be sent", () => said().length === 1);
  assert.deepEqual(said(), [{ tags: ["odd", "theirs", "keep"] }]);
});

test("what could not be kept stands in its field again, until it is given up", async () => {
  const { page, cell, field, edit, said, refuse } = await open({ note: "first" });
  const long = "x".repeat(12_000);
  await edit("note", long);
  await page.keyboard.press("Enter");
  await until("the note to be sent", () => said().length === 1);
  await refuse({ note: long });
  await field("note").waitFor();
  assert.equal(await field("note").inputValue(), long);
  await field("note").press("Escape");
  assert.equal(await cell("note").textContent(), "first");
});
