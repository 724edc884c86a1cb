import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { atRest, bucketed, openPanelPage, type PanelPage, summary } from "./panelPage.ts";

/** Newest first, as the editor lists them; what is drawn is far below. */
const longName = "a student with a long name that somebody gave it to tell it from the others";
const runs = Array.from({ length: 60 }, (_, index) =>
  summary(60 - index, { name: `${longName} ${60 - index}` }),
);
const [shown = ""] = runs.slice(40).map(({ directory }) => directory);
let panel: PanelPage;
before(async () => {
  panel = await openPanelPage({
    runs,
    shown: [shown],
    series: ["loss"],
    lastSeq: 10,
    read: (_run, _name, buckets) => bucketed(() => 1, { from: 1, to: 10, buckets }),
  });
});
after(() => panel.close());

const isInSight = (): Promise<boolean> =>
  panel.page.evaluate(`(() => {
    const list = document.querySelector(".legend").getBoundingClientRect();
    const row = document.querySelector(".legend li:has(input:checked)").getBoundingClientRect();
    return row.top >= list.top - 1 && row.bottom <= list.bottom + 1;
  })()`);

const narrowTo = async (width: number): Promise<void> => {
  await panel.page.setViewportSize({ width, height: 800 });
  await panel.page.evaluate(atRest);
};

test("the run that is drawn stays in sight as the panel is made narrow, until the person scrolls", async () => {
  await narrowTo(1280);
  assert.ok(await isInSight());
  await narrowTo(460);
  assert.ok(await isInSight());
  await panel.page.locator(".legend").hover();
  await panel.page.mouse.wheel(0, -20_000);
  await narrowTo(440);
  assert.equal(await isInSight(), false);
});
