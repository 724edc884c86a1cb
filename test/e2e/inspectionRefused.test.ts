import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bucketed, openPanelPage, type PanelPage, summary } from "./panelPage.ts";

const run = summary(0, { step: 10 });
let panel: PanelPage;
before(async () => {
  panel = await openPanelPage({
    runs: [run],
    shown: [run.directory],
    series: ["loss"],
    lastSeq: 10,
    read: (_run, _name, buckets) => bucketed(() => 1, { from: 1, to: 10, buckets }),
  });
});
after(() => panel.close());

test("why nothing can be inspected stands whole on a narrow page, with its code as such", async () => {
  const { page, tell } = panel;
  await page.setViewportSize({ width: 420, height: 700 });
  await page.getByRole("tab", { name: "Disagreements" }).click();
  const message =
    "20261130-215907.082-prices is a sweep of the experiment prices-of-houses, which has no predictions of its own.";
  const line = {
    event: "error",
    code: "no-predictions",
    message,
    hint: "Name one of its runs: `distill list`.",
  } as const;
  await tell({ type: "inspection", directory: run.directory, line });
  const told = page.locator(".inspect [role=status]");
  assert.equal(await told.textContent(), `${message} Name one of its runs: distill list.`);
  assert.equal(await told.locator("code").textContent(), "distill list");
  const box = await told.boundingBox();
  const hidden = await told.evaluate((one) => {
    const { scrollWidth, clientWidth } = one as unknown as Record<"scrollWidth" | "clientWidth", number>;
    return scrollWidth - clientWidth;
  });
  assert.ok(box !== null && box.x + box.width <= 420);
  assert.equal(hidden, 0);
});
