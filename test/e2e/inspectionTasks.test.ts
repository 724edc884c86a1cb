import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { InspectedSample, InspectLine } from "../../server/protocol.ts";
import { bucketed, openPanelPage, type PanelPage, summary } from "./panelPage.ts";
import { until } from "./until.ts";

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
  await panel.page.getByRole("tab", { name: "Disagreements" }).click();
});
after(() => panel.close());

const line = (line: InspectLine) => panel.tell({ type: "inspection", directory: run.directory, line });
const asked = () => panel.said.findLast((message) => message.type === "inspect")?.query;
const answer = (samples: readonly InspectedSample[], total = samples.length) =>
  line({ event: "page", request: asked()?.request ?? 0, total, samples });
const split = { split: "test", samples: 90, networks: ["student", "studentAlone"] } as const;

test("of several labels, what a network makes of each is counted, and a count leads to its samples", async () => {
  const { page } = panel;
  const counts = { tp: 20, fp: 5, fn: 10, tn: 55 };
  await line({
    event: "opened",
    overview: {
      ...{ ...split, task: "multiLabel", labels: ["cat", "<b>dog</b>"], thresholds: [0.5, 0.3] },
      counts: { student: [counts, { ...counts, tn: 0 }], studentAlone: [counts, { ...counts, fn: 11 }] },
      ...{ sets: { helped: 3, harmed: 0, wrong: 12, all: 90 }, orders: ["worst", "gained", "number"] },
    },
  });
  await until("the first set that has samples", () =>
    isDeepStrictEqual([asked()?.show, asked()?.order, asked()?.output], ["helped", "gained", undefined]),
  );
  const rows = page.locator("table.labels tbody tr");
  assert.deepEqual(await rows.nth(1).locator("th, td").allTextContents(), [
    ...["<b>dog</b>", "0.3", "20", "5", "10", "", "80.0 %", "66.7 %"],
  ]);
  await page.getByLabel("Network").selectOption("studentAlone");
  await rows.nth(1).getByRole("button", { name: "11" }).click();
  const cell = { network: "studentAlone", label: 1, outcome: "fn" };
  await until("the samples of the count", () => isDeepStrictEqual(asked()?.cell, cell));
  const student = { words: "cat", note: "1 wrong", isRight: false };
  await answer([{ number: 4, truth: "<b>dog</b>", predicted: { student } }], 11);
  await page.getByText("✗ student: cat · 1 wrong").waitFor();
  await page.getByText("#4 · <b>dog</b>").waitFor();
  assert.equal(
    await page.getByLabel("Show").locator("option").first().textContent(),
    "<b>dog</b>, missed by the student alone",
  );
  await page.getByLabel("Show").selectOption("wrong");
  await until("another set", () => asked()?.show === "wrong" && asked()?.cell === undefined);
});

test("of numbers, predictions are drawn against targets, of the one that is chosen, whose samples are asked for", async () => {
  const { page } = panel;
  const number = (name: string, helped: number) => ({
    ...{ name, from: 0, to: 10, steps: 4 },
    scatter: { student: [[0, 1, 80] as const, [3, 3, 10] as const], studentAlone: [[1, 1, 90] as const] },
    ...{ error: { student: 0.25, studentAlone: 1 }, sets: { all: 90, helped, harmed: 90 - helped } },
  });
  await line({
    event: "opened",
    overview: {
      ...{ ...split, task: "regression", numbers: [number("price", 60), number("area", 30)] },
      ...{ sets: { all: 90, helped: 50, harmed: 40 }, orders: ["worst", "best", "gained", "lost", "number"] },
    },
  });
  await until("the greatest errors", () =>
    isDeepStrictEqual([asked()?.show, asked()?.order, asked()?.output], ["all", "worst", 0]),
  );
  const scatter = (network: string) =>
    page.getByRole("group", { name: `Predictions of price against targets: ${network}, off by` });
  await scatter("student alone").waitFor();
  const cells = scatter("student").first().locator("a");
  assert.deepEqual(
    await cells.locator("title").allTextContents(),
    ["price 0 to 2.5, predicted 2.5 to 5: 80 samples", "price 7.5 to 10, predicted 7.5 to 10: 10 samples"],
    "a cell, however many samples are in it",
  );
  const cellOf = (target: number, prediction: number) => ({ network: "student", target, prediction });
  await cells.first().click();
  await until("the samples of the cell", () => isDeepStrictEqual(asked()?.cell, cellOf(0, 1)));
  await page.setViewportSize({ width: 300, height: 600 });
  await answer([{ number: 2, truth: "1", predicted: { student: { words: "3", note: "+2" } } }], 80);
  const samples = page.getByRole("region", { name: "Samples" });
  const top = () => samples.evaluate((section) => section.getBoundingClientRect().top as number);
  await samples.evaluate(({ ownerDocument }) => ownerDocument.defaultView?.scrollTo(0, 0));
  await until("samples out of sight", async () => (await top()) > 600);
  await cells.first().press("Enter");
  await until("them in sight", async () => (await top()) < 500);
  await page.setViewportSize({ width: 1400, height: 900 });
  await cells.first().focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await until("those of the cell above", () => isDeepStrictEqual(asked()?.cell, cellOf(3, 3)));
  const box = (await cells.first().boundingBox()) ?? assert.fail();
  await page.mouse.click(box.x - 5, box.y + box.height / 2);
  await until("those of the cell beside the click", () => isDeepStrictEqual(asked()?.cell, cellOf(0, 1)));
  await answer([{ number: 2, truth: "1", predicted: { student: { words: "3", note: "+2" } } }], 80);
  assert.equal(
    await page.getByLabel("Show").locator("option").first().textContent(),
    "price 0 to 2.5, predicted 2.5 to 5 by the student",
  );
  await page.getByLabel(/^Number/).selectOption("area");
  await until("the samples of the other number", () => asked()?.output === 1 && asked()?.cell === undefined);
  await answer([{ number: 7, truth: "3", predicted: { student: { words: "3.25", note: "+0.25" } } }], 90);
  await page.getByText("student: 3.25 · +0.25").waitFor();
  const sets = await page.getByLabel("Show").locator("option").allTextContents();
  assert.deepEqual(sets, ["All samples (90)", "Nearer with the teacher (30)", "Nearer alone (60)"]);
  await page.getByLabel("Show").selectOption("harmed");
  await until("the most harmed first", () => asked()?.show === "harmed" && asked()?.order === "lost");
});

test("long names of classes leave the numbers of the confusion matrix in sight on a narrow page", async () => {
  const { page } = panel;
  const name = "a_class_with_a_name_that_is_as_long_as_the_person_who_chose_it_wished";
  await line({
    event: "opened",
    overview: {
      ...{ task: "classification", split: "test", samples: 130, networks: ["student"] },
      ...{ classes: [name, "short"], orders: ["number"], reliability: {}, sets: { all: 130 } },
      confusion: {
        student: [
          [60, 30],
          [10, 30],
        ],
      },
    },
  });
  await page.setViewportSize({ width: 420, height: 700 });
  const last = await page.getByRole("button", { name: "10", exact: true }).boundingBox();
  assert.ok(last !== null && last.x + last.width <= 420, JSON.stringify(last));
  assert.equal(await page.locator(".confusion tbody th").first().getAttribute("title"), name);

  await page.setViewportSize({ width: 265, height: 700 });
  await until("its samples to be asked for", () => asked()?.show === "all");
  const predicted = { student: { words: name, isRight: true } };
  await answer([{ number: 1, truth: name, predicted }]);
  await page.locator(".samples figure").waitFor();
  const beyond = await page.evaluate(`[...document.querySelectorAll(".inspect select, .samples *")]
    .filter((one) => one.getBoundingClientRect().right > 265).map((one) => one.outerHTML)`);
  assert.deepEqual(beyond, []);
});
