import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { PanelMessage } from "../../extension/panel/messages.ts";
import { startWords } from "../../extension/runs/wording.ts";
import { colour } from "../../server/chart/colours.ts";
import type { InspectedSample, InspectLine } from "../../server/protocol.ts";
import { atRest, bucketed, openPanelPage, type PanelHost, type PanelPage, summary } from "./panelPage.ts";
import { until } from "./until.ts";

const steps = 1000;
/** One value at step 500 is 0, and one at 700 is a spike: neither may be lost. */
const loss = (at: number) => (at === 500 ? 0 : at === 700 ? 9 : 2 / at);

const twoRuns: PanelHost = {
  runs: [
    summary(0, {
      metrics: { "teacher.validation.accuracy": 0.99, "studentAlone.validation.accuracy": 0.85 },
    }),
    summary(1),
  ],
  shown: ["/runs/0", "/runs/1"],
  series: ["loss", "terms.kd.raw", "terms.kd.weighted", "validation.accuracy"],
  lastSeq: steps,
  read: (_, name, buckets, range) =>
    bucketed(name === "validation.accuracy" ? (at) => 0.5 + at / 2500 : loss, {
      from: Math.max(1, range?.[0] ?? 1),
      to: Math.min(steps, range?.[1] ?? steps),
      buckets,
    }),
};

let panel: PanelPage | undefined;
afterEach(() => panel?.close());

async function open(host: Partial<PanelHost> = {}): Promise<PanelPage> {
  panel = await openPanelPage({ ...twoRuns, ...host });
  return panel;
}
const state = ({ page }: PanelPage) =>
  page.evaluate("globalThis.keptState") as Promise<Record<string, unknown>>;
const lossChart = ({ page }: PanelPage) => page.locator(".chart").filter({ hasText: "Loss" }).first();
const said = <T extends PanelMessage["type"]>(of: PanelPage, type: T) =>
  until(`a message "${type}"`, () =>
    of.said.find((message): message is PanelMessage & { type: T } => message.type === type),
  );

test("no runs: the panel says in its middle what to do, and its buttons do it", async () => {
  const opened = await open({ runs: [], shown: [] });
  const heading = opened.page.getByText("No runs yet");
  await heading.waitFor();
  const { x = 0, width = 0 } = (await heading.boundingBox()) ?? {};
  assert.ok(Math.abs(x + width / 2 - 1400 / 2) < 20, `from ${x} to ${x + width} of 1400`);
  await opened.page.getByRole("button", { name: "New Experiment" }).click();
  assert.deepEqual(await said(opened, "command"), { type: "command", command: "newExperiment" });
});

test("where there were no runs, the first one is drawn as soon as it begins, as the panel has promised", async () => {
  const opened = await open({ runs: [], shown: [] });
  await opened.page.getByText("No runs yet").waitFor();
  await opened.tell({
    type: "runs",
    runs: [summary(0, { state: "running" })],
    answers: {},
    loaded: true,
    isDown: false,
    defaults: { smoothing: 0.6, logScale: false },
  });
  await lossChart(opened).waitFor();
  assert.deepEqual((await state(opened))["shown"], ["/runs/0"]);
});

test("the one completed run that is shown has its verdict in a line above a whole chart; opened, it stays open", async () => {
  const opened = await open({ shown: ["/runs/0"] });
  const { page } = opened;
  assert.deepEqual(await said(opened, "readCard"), { type: "readCard", directory: "/runs/0" });
  const line = "Student − alone: no difference that these 90 test samples can show.";
  const rows = [
    ["student", "93.00 %", "0.21"],
    ["teacher", "97.00 %", "0.10"],
    ["student alone", "91.20 %", "0.30"],
  ];
  const card = { name: "mnist", head: ["", "test accuracy", "test NLL"], rows, lines: [line] };
  await opened.tell({ type: "card", directory: "/runs/0", card });
  const region = page.getByRole("region", { name: "Result" });
  await region
    .getByText("test accuracy: student 93.00 % · teacher 97.00 % · student alone 91.20 %")
    .waitFor();
  // As much as the panel has beside an editor in windows of 1280 × 800 and 900 × 700.
  for (const [width, height] of [
    [460, 705],
    [275, 605],
  ] as const) {
    await page.setViewportSize({ width, height });
    await until(`a whole chart in ${width} × ${height}`, async () => {
      const box = await lossChart(opened).boundingBox();
      return box !== null && box.width < width && box.y + box.height <= height;
    });
  }
  await region.getByText("Result of mnist").click();
  await region.getByText(line).waitFor();
  assert.deepEqual(await region.locator("tbody th, tbody td").allTextContents(), rows.flat());
  await until("the state", async () => (await state(opened))["isCardOpen"] === true);
  await region.getByRole("button", { name: "Write Report" }).click();
  const command = await said(opened, "command");
  assert.deepEqual(command, { type: "command", command: "report", directory: "/runs/0" });
  const unmeasured = rows.map(([network = ""]) => [network, "–", "–"]);
  await opened.tell({ type: "card", directory: "/runs/0", card: { ...card, rows: unmeasured } });
  await region.getByText("not measured, without a validation or a test split").waitFor();
  await opened.tell({ type: "card", directory: "/runs/0", card: { damage: "predictions is cut." } });
  await region.getByText("predictions is cut.").waitFor();
  await opened.tell({ type: "show", directories: ["/runs/0", "/runs/1"] });
  await region.waitFor({ state: "hidden" });
});

test("disagreements: cells lead to their samples, page by page; names are text; leaving ends the process", async () => {
  const opened = await open({ shown: ["/runs/0"] });
  const { page } = opened;
  await page.getByRole("tab", { name: "Disagreements" }).click();
  assert.deepEqual(await said(opened, "inspect"), { type: "inspect", directory: "/runs/0" });
  const line = (line: InspectLine) => opened.tell({ type: "inspection", directory: "/runs/0", line });
  const asked = () => opened.said.findLast((message) => message.type === "inspect")?.query;
  const sample = (number: number): InspectedSample => ({
    ...{ number, truth: "cat" },
    predicted: {
      student: { words: "<b>dog</b>", note: "75.0 %", isRight: false },
      teacher: { words: "cat", isRight: true },
    },
    preview: { kind: "text", text: "<img src=x onerror=alert(1)>" },
  });
  await line({
    event: "opened",
    overview: {
      ...{ task: "classification", split: "test", samples: 200, networks: ["student", "teacher"] },
      ...{ classes: ["cat", "<b>dog</b>"], orders: ["sure", "unsure", "number"] },
      confusion: {
        student: [
          [90, 70],
          [0, 40],
        ],
      },
      ...{ reliability: {}, sets: { disagreements: 70, wrong: 70, all: 200 } },
    },
  });
  await until("the first page", () => asked()?.show === "disagreements" && asked()?.count === 60);
  const samples = Array.from({ length: 60 }, (_, k) => sample(k));
  await line({ event: "page", request: asked()?.request ?? 0, total: 70, samples });
  await page.getByText("1–60 of 70").waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await until("the next page", () => asked()?.from === 60);
  await page.getByRole("button", { name: "70" }).click();
  const cell = { network: "student", label: 0, predicted: 1 };
  await until("the cell", () => isDeepStrictEqual(asked()?.cell, cell) && asked()?.from === 0);
  await line({ event: "page", request: 1, total: 1, samples: [] }); // It has asked for another one since.
  await line({ event: "page", request: asked()?.request ?? 0, total: 1, samples: [sample(7)] });
  await page.getByText("#7 · cat").waitFor();
  await page.getByText("✗ student: <b>dog</b> · 75.0 %").waitFor();
  assert.equal(await page.locator(".samples img, .samples b").count(), 0);
  await line({ event: "samples", note: "The samples cannot be shown: they are gone." });
  await page.getByText("they are gone.").waitFor();
  await line({ event: "error", code: "damaged", message: "predictions is cut.", hint: "Restore it." });
  await page.getByText("predictions is cut. Restore it.").waitFor();
  await page.getByRole("tab", { name: "Charts" }).click();
  await said(opened, "leaveInspection");
});

test("each series is a chart, each run a line, teacher and baseline are levels", async () => {
  const { page } = await open();
  await page.locator(".chart h3").first().waitFor();
  assert.deepEqual(await page.locator(".chart h3").allTextContents(), ["Loss", "kd", "Validation accuracy"]);
  const values = page.locator(".chart .readout").first().locator(".value");
  await values.nth(1).waitFor();
  assert.equal(await values.count(), 2);
});

test("dragging zooms all charts and reads the detail; Escape shows everything", async () => {
  const opened = await open();
  const { page } = opened;
  const over = lossChart(opened).locator(".u-over");
  await over.waitFor();
  const box = await over.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
  await page.mouse.up();
  const zoom = await until(
    "a zoom",
    async () => (await state(opened))?.["zoom"] as [number, number] | undefined,
  );
  assert.ok(Math.abs(zoom[0] - 250) < 15 && Math.abs(zoom[1] - 500) < 15, `zoomed to ${zoom}`);
  await lossChart(opened).locator(".stage").focus();
  await page.keyboard.press("Escape");
  await until("everything", async () => (await state(opened))?.["zoom"] === undefined);
});

test("the keyboard reads values, zooms and pans", async () => {
  const opened = await open();
  const { page } = opened;
  await lossChart(opened).locator(".u-over").waitFor();
  await lossChart(opened).locator(".stage").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await until("the position", async () =>
    /step 20/.test((await page.locator("[aria-live]").textContent()) ?? ""),
  );
  await page.keyboard.press("+");
  const zoom = await until(
    "a zoom",
    async () => (await state(opened))?.["zoom"] as [number, number] | undefined,
  );
  assert.ok(zoom[1] - zoom[0] <= 501);
  await page.keyboard.press("Shift+ArrowRight");
  await until("the pan", async () => ((await state(opened))["zoom"] as [number, number])[0] > zoom[0]);
  // A screen reader says what a button does, not its sign.
  for (const name of ["Zoom in", "Zoom out"])
    assert.equal(await page.getByRole("button", { name, exact: true }).count(), 1);
});

test("a log scale marks what it cannot show", async () => {
  const opened = await open();
  await lossChart(opened).locator(".u-over").waitFor();
  await opened.page.getByLabel("Log").check();
  await lossChart(opened).locator(".note", { hasText: "values ≤ 0" }).waitFor();
  await opened.page.getByRole("button", { name: "SVG" }).click();
  assert.ok((await said(opened, "save")).data.includes("h6l-3 5z"), "no mark in the picture");
});

test("exports: SVG with the raw line, PNG, and by name the runs whose every step is wanted", async () => {
  const opened = await open({ shown: [] });
  // The charts below the first one are never seen.
  await opened.page.setViewportSize({ width: 600, height: 400 });
  await opened.page.getByRole("button", { name: "All", exact: true }).click();
  await lossChart(opened).locator(".u-over").waitFor();
  await opened.page.getByRole("button", { name: "SVG" }).click();
  const svg = await said(opened, "save");
  assert.doesNotMatch(svg.data, />20%</, "accuracies from 0.5 on have an axis of their own");
  assert.match(svg.data, /^<svg /);
  assert.match(svg.data, /stroke-opacity="\.35"/);
  assert.match(svg.data, />teacher 99\.00 %</);
  opened.said.length = 0;
  await opened.page.getByRole("button", { name: "PNG" }).click();
  const png = Buffer.from((await said(opened, "save")).data, "base64");
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  opened.said.length = 0;
  await opened.page.getByRole("button", { name: "CSV" }).click();
  assert.deepEqual(await said(opened, "saveCsv"), {
    type: "saveCsv",
    name: "run-0-charts",
    directories: ["/runs/0", "/runs/1"],
  });
});

test("new events are drawn as they come, and those told twice are not", async () => {
  const opened = await open({ shown: ["/runs/0"] });
  await lossChart(opened).locator(".u-over").waitFor();
  const values = { loss: 0.125, "terms.kd.raw": 1, "terms.kd.weighted": 1 };
  const point = { seq: steps + 1, step: steps + 1, epoch: 10, time: 1.75e12 + 5000, values };
  const points = { fromSeq: steps + 1, toSeq: steps + 1, rewound: false, points: [point] };
  await opened.tell({ type: "points", directory: "/runs/0", points });
  await lossChart(opened).locator(".readout", { hasText: "0.125" }).waitFor();
  await opened.tell({ type: "points", directory: "/runs/0", points });
  await opened.page.getByRole("tab", { name: "Table" }).click();
  await opened.page.locator("caption", { hasText: "step 1,001" }).waitFor();
  const lastRows = await opened.page.locator("tbody tr th").allTextContents();
  assert.equal(lastRows.filter((text) => text === "1,001").length, 1);
});

test("a run that is slow to be read is asked for once, however often runs are listed meanwhile", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const opened = await open({ shown: ["/runs/0"], held });
  const list = async (accuracy: number) => {
    const runs = [summary(0, { metrics: { "validation.accuracy": accuracy } })];
    const defaults = { smoothing: 0.6, logScale: false };
    await opened.tell({ type: "runs", runs, answers: {}, loaded: true, isDown: false, defaults });
    await opened.page
      .getByText(`${100 * accuracy}.00 %`)
      .first()
      .waitFor();
  };
  for (const accuracy of [0.5, 0.25]) await list(accuracy);
  assert.equal(opened.reads.length, 1);
  const [first] = opened.reads;
  await opened.tell({ type: "unread", request: first?.type === "read" ? first.request : 0 });
  await list(0.75);
  assert.equal(opened.reads.length, 2, "what the host cannot read is asked for again");
  release();
  await lossChart(opened).locator(".u-over").waitFor();
});

test("of many runs one is read and drawn before the others are asked for, each of those once", async () => {
  const runs = [0, 1, 2, 3].map((index) => summary(index));
  const opened = await open({ runs, shown: runs.map(({ directory }) => directory) });
  await lossChart(opened).locator(".readout .value").nth(3).waitFor();
  const reads = opened.reads.flatMap((read) => (read.type === "read" ? [read] : []));
  assert.deepEqual(
    reads.map(({ directory, series }) => [directory, series.length > 0]),
    [["/runs/0", false], ...runs.map(({ directory }) => [directory, true])],
  );
});

test("where the first run is slow to be read, the others are asked for all the same", async () => {
  const opened = await open({ held: new Promise(() => {}) });
  await until("the other run", () =>
    opened.reads.some((read) => read.type === "read" && read.directory === "/runs/1"),
  );
});

test("what is kept of a drawing follows smoothing, scale and points, in each chart of many runs", async () => {
  const runs = Array.from({ length: 40 }, (_, index) => summary(index));
  const host = { runs, shown: runs.map(({ directory }) => directory) };
  const opened = await open(host);
  const { page } = opened;
  await lossChart(opened).locator(".readout", { hasText: /\+3\d/ }).waitFor();
  const drawn = async (of = page): Promise<string[]> => {
    await of.evaluate(atRest);
    return of.evaluate('[...document.querySelectorAll(".uplot canvas")].map((drawn) => drawn.toDataURL())');
  };
  const first = await drawn();
  assert.equal(first.length, 3);
  const isOther = async (what: string, which = [true, true, true]) => {
    const now = await drawn();
    assert.deepEqual(
      now.map((picture, index) => picture !== first[index]),
      which,
      what,
    );
  };
  const smoothing = page.locator('input[type="range"]');
  await smoothing.fill("0.9");
  await isOther("smoother", [true, true, false]); // Validation is drawn as it is.
  await smoothing.fill("0.6");
  assert.deepEqual(await drawn(), first);
  await page.getByLabel("Clip").check();
  await isOther("clipped");
  await page.getByLabel("Clip").uncheck();
  assert.deepEqual(await drawn(), first);
  const values = { loss: 4, "terms.kd.raw": 4, "terms.kd.weighted": 4, "validation.accuracy": 0.2 };
  const point = { seq: steps + 1, step: steps + 100, epoch: 11, time: 1.75e12 + 5000, values };
  const points = { fromSeq: steps + 1, toSeq: steps + 1, rewound: false, points: [point] };
  await opened.tell({ type: "points", directory: "/runs/0", points });
  const last = lossChart(opened).locator(".readout .value").first();
  await until("the point", async () => (await last.textContent()) === "4");
  await isOther("a point more");
  await page.getByLabel("Clip").check();
  await smoothing.fill("0.9");
  await opened.tell({ type: "stale" }); // Read again, without that point.
  await until("what the host has", async () => (await last.textContent()) !== "4");
  const changed = await drawn();
  const kept = await state(opened);
  await opened.close();
  const fresh = await open({ ...host, state: kept });
  await lossChart(fresh).locator(".readout", { hasText: /\+3\d/ }).waitFor();
  assert.deepEqual(await drawn(fresh.page), changed, "as a page draws it that keeps nothing yet");
});

test("a page that stands in for another one is set as that was, and says so", async () => {
  const given = { tab: "charts", shown: ["/runs/1"], colours: {}, x: "time", smoothing: 0.9, logScale: true };
  const opened = await open({ shown: [], given });
  await opened.page.locator(".chart h3").first().waitFor();
  assert.equal(await opened.page.locator("select").first().inputValue(), "time");
  const all = { ...given, weighted: false };
  assert.deepEqual(await state(opened), all);
  assert.deepEqual(await said(opened, "keep"), { type: "keep", state: all, layout: {} });
});

test("what was chosen comes back: runs, zoom, settings", async () => {
  const kept = { tab: "charts", shown: ["/runs/1"], colours: { "/runs/1": 3 }, x: "epoch", smoothing: 0.2 };
  const opened = await open({ shown: [], state: { ...kept, logScale: true, weighted: true, zoom: [2, 4] } });
  const { page } = opened;
  await page.locator(".chart h3").first().waitFor();
  const chosen = (index: number) =>
    page.getByRole("checkbox", { name: startWords(summary(index).startedAt) }).isChecked();
  assert.equal(await chosen(1), true);
  assert.equal(await chosen(0), false);
  assert.equal(await page.locator("select").first().inputValue(), "epoch");
  assert.equal(await page.getByLabel("Log").isChecked(), true);
  await page.getByRole("button", { name: "Reset" }).click();
  await until("everything", async () => (await state(opened))["zoom"] === undefined);
});

test("runs side by side: the parameters that differ, the best of each metric", async () => {
  const opened = await open();
  await opened.page.getByRole("tab", { name: "Compare" }).click();
  assert.deepEqual(await said(opened, "readDetails"), {
    type: "readDetails",
    directories: ["/runs/0", "/runs/1"],
  });
  const common = { "losses[0].weight": 0.7, seed: 0 };
  await opened.tell({
    type: "details",
    details: [0, 1].map((index) => ({
      directory: `/runs/${index}`,
      parameters: { ...common, "losses[0].temperature": index + 2 },
      baselines: {},
    })),
  });
  const table = opened.page.locator("table.compare");
  await table.locator("th", { hasText: "losses[0].temperature" }).waitFor();
  assert.equal(await table.locator("th", { hasText: "losses[0].weight" }).count(), 0);
  assert.deepEqual(await table.locator("td.parameter").allTextContents(), ["2", "3"]);
});

test("in a narrow panel the metrics stand in sight, and the runs' names stay while the rest scrolls", async () => {
  const gain = {
    split: "test",
    brief: "no difference that this test set can show [−0.20, +0.90]",
    text: "no difference that these 10,000 test samples can show",
  } as const;
  const runs = [0, 1].map((index) =>
    summary(index, {
      gain,
      changes: ["temperature 3 → 6"],
      metrics: {
        ...{ "validation.accuracy": 0.9, "test.accuracy": 0.91 },
        ...{ "validation.gapRecovered": -1.3462, "test.gapRecovered": -0.4804 },
        ...{ "validation.nll": 0.2, "test.nll": 0.1, "validation.ece": 0.069, "test.ece": 0.095 },
      },
    }),
  );
  const { page, tell } = await open({ runs });
  await page.setViewportSize({ width: 460, height: 700 });
  await page.getByRole("tab", { name: "Compare" }).click();
  await tell({
    type: "details",
    details: runs.map(({ directory }, index) => ({
      directory,
      parameters: { "losses[0].temperature": index },
      baselines: {},
    })),
  });
  await page.locator("table.compare th", { hasText: "losses[0].temperature" }).waitFor();
  const heads = page.locator("table.compare thead th");
  assert.deepEqual((await heads.allTextContents()).slice(0, 10), [
    ...["Run", "val accuracy", "test accuracy", "val gap recovered", "val NLL", "val ECE"],
    ...["test gap recovered", "test NLL", "test ECE", "losses[0].temperature"],
  ]);
  const box = await heads.nth(5).boundingBox();
  assert.ok(box && box.x + box.width <= 448, `validation ends at ${box && box.x + box.width}`);
  const cells = page.locator("table.compare tbody tr").first().locator("th, td");
  assert.deepEqual((await cells.allTextContents()).slice(1, 3), ["90.00 %", "91.00 %"]);
  const name = page.locator("table.compare tbody th .name").first();
  const before = await name.boundingBox();
  await heads.last().scrollIntoViewIfNeeded();
  assert.equal((await name.boundingBox())?.x, before?.x);
  assert.ok(((await heads.nth(1).boundingBox())?.x ?? 0) < 0, "the rest has scrolled");
});

test("compared, the runs of a sweep are named by their values, each in a line of a narrow panel", async () => {
  const runs = [0.3, 0.9].map((weight, index) =>
    summary(index, {
      member: {
        sweep: "/runs/sweep",
        index,
        settings: { "losses[0].temperature": 2, "losses[0].weight": weight },
      },
    }),
  );
  const answer = "smallest within 1 point of the teacher (98.20 % on validation): 2 · 0.3, 10,250 parameters";
  const { page } = await open({ runs, answers: { "/runs/sweep": answer } });
  await page.setViewportSize({ width: 460, height: 705 });
  await page.getByRole("tab", { name: "Compare" }).click();
  const table = page.locator("table.compare");
  await table.waitFor();
  const found = table.locator("caption .answer");
  assert.equal(await found.textContent(), answer);
  const { x = -1, width = 999 } = (await found.boundingBox()) ?? {};
  assert.ok(x >= 0 && x + width <= 460, `from ${x}, ${width} wide`);
  assert.equal(await table.locator("thead th").first().textContent(), "temperature · weight");
  const names = table.locator("tbody th");
  assert.deepEqual(await names.allTextContents(), ["2 · 0.3", "2 · 0.9"]);
  for (const row of await names.all()) assert.ok(((await row.boundingBox())?.height ?? 99) < 30);
});

test("compared, a run that cannot be read says why in a word, and where in its tooltip", async () => {
  const message = "/work/.distill/runs/1/job.json is damaged: it is null. Restore it from a copy.";
  const damaged = { ...summary(1), state: "unreadable", code: "damaged", message } as const;
  const { page, tell } = await open({ runs: [summary(0), damaged] });
  await page.getByRole("tab", { name: "Compare" }).click();
  await tell({ type: "details", details: [{ directory: damaged.directory, damage: message }] });
  const standing = page.locator("table.compare tbody th .standing");
  assert.equal(await standing.textContent(), "damaged");
  assert.equal(await standing.getAttribute("title"), message);
  assert.equal(await page.locator("table.compare .caution").count(), 0);
});

test("above a narrow chart no value is cut: those that do not fit are counted", async () => {
  const runs = Array.from({ length: 9 }, (_, index) => summary(index));
  const { page } = await open({ runs, shown: runs.map(({ directory }) => directory) });
  for (const width of [300, 390, 700]) {
    await page.setViewportSize({ width, height: 700 });
    await page.getByLabel("Log").click(); // Drawn anew.
    const readout = page.locator(".chart .readout").first();
    await until(`whole values at ${width} px`, async () => {
      const box = await readout.boundingBox();
      const values = await readout.locator(".value").all();
      const ends = await Promise.all(values.map(async (value) => await value.boundingBox()));
      const areWhole = ends.every(
        (end) => box && end && end.x + end.width <= box.x + box.width && end.y < box.y + 9,
      );
      const more = await readout.locator(".note").textContent();
      return areWhole && values.length > 0 && more === `+${9 - values.length}`;
    });
  }
});

test("in a narrow panel each view's tab is in sight, and the table of runs ends where the panel does", async () => {
  const { page } = await open();
  await page.getByRole("tab", { name: "Runs" }).click();
  const table = page.locator(".run-table");
  await table.waitFor();
  // As wide as the panel is beside an editor in windows of 900 px and more, and alone in them.
  for (const width of [275, 460, 900, 1280]) {
    await page.setViewportSize({ width, height: 605 });
    for (const tab of await page.getByRole("tab").all()) {
      const { x = 0, width: own = 0 } = (await tab.boundingBox()) ?? {};
      assert.ok(x >= 0 && x + own <= width, `${await tab.textContent()} ends at ${x + own} of ${width} px`);
    }
    const { y = 0, height = 0 } = (await table.boundingBox()) ?? {};
    assert.equal(y + height, 605, `with ${width} px`);
  }
});

test("a single value on the edge of its chart is a whole dot", async () => {
  const alone: PanelHost["read"] = (run, name, buckets, range) =>
    name === "validation.accuracy"
      ? bucketed(() => 0.9, { from: steps, to: steps, buckets: 1 })
      : twoRuns.read(run, name, buckets, range);
  const { page } = await open({ shown: ["/runs/1"], read: alone });
  const plot = page.locator(".chart").filter({ hasText: "Validation accuracy" }).locator(".uplot");
  await plot.scrollIntoViewIfNeeded();
  await until("colour on the right of the edge, too", () =>
    plot.evaluate((drawn) => {
      const canvas = drawn.querySelector("canvas");
      const over = drawn.querySelector(".u-over");
      const x = Math.round(over.offsetLeft + over.offsetWidth + 1);
      const { data } = canvas.getContext("2d").getImageData(x, over.offsetTop, 1, over.offsetHeight);
      return new Set(new Uint32Array(data.buffer)).size > 1;
    }),
  );
});

test("the label of a tick at the end of the axis is drawn whole", async () => {
  const opened = await open({ shown: ["/runs/0"] });
  await opened.page.setViewportSize({ width: 460, height: 700 });
  const canvas = lossChart(opened).locator("canvas");
  await until("a chart as wide as the page", async () => ((await canvas.boundingBox())?.width ?? 0) > 420);
  // Its last columns, beside the labels of the lower axis, hold one colour.
  const colours = await canvas.evaluate((drawn) => {
    const { data } = drawn.getContext("2d").getImageData(drawn.width - 2, drawn.height - 22, 2, 22);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  assert.equal(colours, 1);
});

test("in a narrow panel a long name takes several lines, and leaves the columns beside it room", async () => {
  const runs = [0, 1].map((index) =>
    summary(index, {
      name: "an experiment with a long name",
      experiment: `/${index}.distill.json`,
      changes: ["data.batchSize 64 → 128"],
    }),
  );
  const { page } = await open({ runs });
  await page.setViewportSize({ width: 300, height: 700 });
  await page.getByRole("tab", { name: "Compare" }).click();
  const head = page.locator("table.compare tbody th").first();
  await head.waitFor();
  assert.ok(((await head.boundingBox())?.width ?? 999) < 150);
  const name = await head
    .locator(".name")
    .evaluate(
      (name) => name.getBoundingClientRect().right <= name.closest("th").getBoundingClientRect().right,
    );
  assert.equal(name, true, "nothing of the name is cut");
  await page.getByRole("tab", { name: "Table" }).click();
  for (const part of [page.locator(".table-view select"), page.locator(".table-view caption > span")]) {
    await part.waitFor();
    const box = await part.boundingBox();
    assert.ok(box && box.x + box.width <= 300, `ends at ${box && box.x + box.width}`);
  }
});

test("the run that the panel was opened for is in sight below many newer ones", async () => {
  const runs = Array.from({ length: 30 }, (_, index) => summary(index));
  const { page } = await open({ runs, shown: ["/runs/29"] });
  const row = page.locator('.legend li[data-directory="/runs/29"]');
  await until("the row within the list", async () => {
    const [list, own] = [await page.locator(".legend").boundingBox(), await row.boundingBox()];
    return list && own && own.y >= list.y && own.y + own.height <= list.y + list.height;
  });
});

test("in a narrow panel the path in a reason to draw nothing is whole", async () => {
  const message = `Cannot read ${"/home/somebody/experiments/of-the-last-summer/".repeat(2)}teacher.onnx.`;
  const run = summary(0, { state: "failed", step: 0, metrics: {}, message });
  const read = () => bucketed(loss, { to: 0, buckets: 1 });
  const { page } = await open({ runs: [run], shown: ["/runs/0"], series: [], lastSeq: 0, read });
  await page.setViewportSize({ width: 275, height: 605 });
  const words = page.locator(".empty p", { hasText: "teacher.onnx." });
  await words.waitFor();
  assert.ok(await words.evaluate((drawn) => drawn.scrollWidth <= drawn.clientWidth));
  const box = await words.boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 275, JSON.stringify(box));
});

test("in a narrow panel the runs take the room of the charts while none is chosen", async () => {
  const runs = Array.from({ length: 20 }, (_, index) => summary(index));
  const { page } = await open({ runs, shown: [] });
  await page.setViewportSize({ width: 460, height: 700 });
  await page.locator(".empty", { hasText: "No run is chosen" }).waitFor();
  const box = await page.locator(".empty p").boundingBox();
  const list = await page.locator(".legend").boundingBox();
  assert.ok(list && list.height > 300, JSON.stringify(list));
  assert.ok(box && box.y + box.height < 700, JSON.stringify(box));
});

test("runs of one colour are told apart by their dashes, beside their names too", async () => {
  const runs = Array.from({ length: 9 }, (_, index) => summary(index));
  const { page } = await open({ runs, shown: runs.map(({ directory }) => directory) });
  const swatches = page.locator(".legend .swatch");
  await until("all of them", async () => (await swatches.count()) === 9);
  const looks = await swatches.evaluateAll((all) => all.map(({ style }) => style.cssText as string));
  assert.equal(new Set(looks).size, 9);
  assert.equal(await page.locator(".legend .swatch.dashed").count(), 1);
});

/** Runs of two experiments as the table shows them, and their settings as the server tells them. */
function manyRuns(count: number) {
  const runs = Array.from({ length: count }, (_, index) =>
    summary(index, {
      name: index % 2 ? "mnist" : "cifar",
      experiment: index % 2 ? "/mnist.distill.json" : "/cifar.distill.json",
      state: index % 10 === 9 ? "failed" : "completed",
      metrics: {
        "validation.accuracy": 0.5 + ((index * 7) % count) / (4 * count),
        "validation.nll": index / count,
      },
    }),
  );
  const directories = runs.map(({ directory }) => directory);
  const of = runs.map((_, index) => index % 3);
  const differ = [{ path: "losses[0].temperature", values: [2, 4, 8], of }];
  return {
    runs,
    settings: { type: "settings", directories, table: { differ, same: { seed: 1, "data.split": 0.1 } } },
  } as const;
}
const tableRows = ({ page }: PanelPage) => page.locator("table.runs tbody tr[data-line]");
/** The column's texts in the rows in sight. */
const cells = async (opened: PanelPage, column: number) =>
  (await tableRows(opened).locator(`:scope > :nth-child(${column})`).allTextContents()).filter(
    (text) => text !== "",
  );

async function openTable(count: number, host: Partial<PanelHost> = {}) {
  const { runs, settings } = manyRuns(count);
  const opened = await open({ runs, shown: ["/runs/0"], ...host });
  await opened.page.getByRole("tab", { name: "Runs", exact: true }).click();
  assert.deepEqual((await said(opened, "readSettings")).directories, settings.directories);
  await opened.tell(settings);
  await opened.page.getByRole("button", { name: "losses[0].temperature" }).waitFor();
  return { ...opened, opened, runs };
}

test("5,000 runs in a table: few rows are in the document wherever it scrolls, and the keyboard reaches the last one", async () => {
  const { opened, page } = await openTable(5000);
  const scroller = page.locator(".run-table");
  const most = async () => assert.ok((await page.locator("table.runs tr").count()) < 70);
  await most();
  for (const share of [0.3, 0.7, 1]) {
    await scroller.evaluate((table, at) => {
      table.scrollTop = at * table.scrollHeight;
    }, share);
    const first = Math.floor(share * 4900);
    await until(`rows near ${first}`, async () => {
      const indices = await tableRows(opened).evaluateAll((rows) =>
        rows.map((row) => Number(row.ariaRowIndex)),
      );
      return indices.some((index) => Math.abs(index - first) < 150);
    });
    await most();
  }
  await tableRows(opened).getByRole("checkbox").first().focus();
  await page.keyboard.press("End");
  await page.locator('tr[aria-rowindex="5001"] input:focus').waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await until("the run in the charts", async () =>
    ((await state(opened))["shown"] as string[]).includes("/runs/1"),
  );
  await most();
  await page.getByRole("tab", { name: "Charts" }).click();
  assert.ok((await page.locator(".legend li").count()) <= 202);
  await page.getByRole("button", { name: "4,798 more in the table of runs" }).click();
  await tableRows(opened).first().waitFor();
});

test("the table of runs: sorted, filtered by state, text and number, hidden columns, and it stays as it was set", async () => {
  const { opened, page } = await openTable(60);
  const accuracies = async () =>
    (await cells(opened, 3)).map((text) => Number.parseFloat(text.replace("★ ", "")));
  await page.getByRole("button", { name: "validation accuracy" }).click();
  await until("the best first", async () => {
    const values = await accuracies();
    return values[0] === Math.max(...values) && values.length > 20;
  });
  assert.equal(await page.locator("th[aria-sort=descending]").textContent(), "validation accuracy ▼");
  await page.getByRole("button", { name: "validation NLL" }).click();
  await until("the least NLL first", async () => (await cells(opened, 4))[0] === "0");
  assert.equal((await page.getByRole("img", { name: "best on validation" }).count()) > 0, true);
  await page.getByLabel("State", { exact: true }).selectOption("Failed");
  await page.getByText("6 of 60 runs").waitFor();
  await page.getByLabel("State", { exact: true }).selectOption("any state");
  await page.getByLabel("Filter the table").fill("mnist");
  await page.getByText("30 of 60 runs").waitFor();
  await page.getByLabel("Column of the condition").selectOption("validation accuracy, %");
  await page.getByLabel("Comparison").selectOption("≥");
  await page.getByLabel("Number of the condition").fill("60");
  await until("only those", async () => (await accuracies()).every((value) => value >= 60));
  await page.getByText("Columns", { exact: true }).click();
  await page.getByText("data: 1 equal in all runs").click();
  await page.getByText("data.split: 0.1").waitFor();
  await page.getByRole("checkbox", { name: "validation NLL" }).uncheck();
  await page.getByRole("button", { name: "validation NLL" }).waitFor({ state: "hidden" });
  const { runTable } = await state(opened);
  assert.deepEqual(runTable, {
    ...{ text: "mnist", hidden: ["validation.nll"], folded: [] },
    sort: { column: "validation.nll", descending: false },
    where: { column: "validation.accuracy", comparison: "≥", value: 0.6 },
  });
  await panel?.close();
  const { runs, settings } = manyRuns(60);
  const again = await open({ runs, state: { tab: "runs", runTable } });
  await again.tell(settings);
  await tableRows(again).first().waitFor();
  assert.equal(await again.page.getByLabel("Number of the condition").inputValue(), "60");
  await again.page.getByRole("button", { name: "validation NLL" }).waitFor({ state: "hidden" });
});

test("the table of a new panel is arranged as that of the last one was; filters end with their panel", async () => {
  const { opened, page } = await openTable(60);
  await page.getByRole("button", { name: "validation NLL" }).click();
  await page.getByLabel("Group", { exact: true }).selectOption("by experiment");
  await page.getByLabel("Filter the table").fill("mnist");
  await page.getByText("Columns", { exact: true }).click();
  await page.getByRole("checkbox", { name: "validation accuracy" }).uncheck();
  const { layout } = await until("the layout", () =>
    opened.said.findLast(
      (message): message is PanelMessage & { type: "keep" } =>
        message.type === "keep" && JSON.stringify(message.layout).includes("validation.accuracy"),
    ),
  );
  assert.deepEqual(layout, {
    runTable: {
      hidden: ["validation.accuracy"],
      sort: { column: "validation.nll", descending: false },
      group: "experiment",
    },
  });
  await panel?.close();
  const { runs, settings } = manyRuns(60);
  const again = await open({ runs, shown: [], layout });
  await again.page.getByRole("tab", { name: "Runs" }).click();
  await again.tell(settings);
  await again.page.locator("table.runs tr.group-row").first().waitFor();
  assert.equal(await again.page.getByLabel("Filter the table").inputValue(), "");
  assert.equal(await again.page.locator("th[aria-sort=ascending]").textContent(), "validation NLL ▲");
  await again.page.getByRole("button", { name: "validation accuracy" }).waitFor({ state: "hidden" });
});

test("a pinned run stands above, the others with what they differ in; groups have mean ± std and fold", async () => {
  const { opened, page } = await openTable(12);
  await page.getByRole("button", { name: /^Pin / }).first().click();
  const pinned = page.locator("table.runs thead tr.pinned");
  await pinned.waitFor();
  const second = tableRows(opened).nth(1);
  assert.equal(await second.locator("td").nth(1).textContent(), "64.58 % +14.58");
  assert.equal(await second.locator("td.setting.differs").textContent(), "4");
  assert.equal(await tableRows(opened).nth(3).locator("td.setting.equal").textContent(), "2");
  await page
    .getByRole("button", { name: /^Unpin / })
    .first()
    .click();
  await pinned.waitFor({ state: "hidden" });
  await page.getByLabel("Group", { exact: true }).selectOption("by experiment");
  const head = page.locator("table.runs tr.group-row").first();
  assert.equal(await head.locator("td").nth(1).textContent(), "60.42 % ± 7.80 %");
  const fold = page.getByRole("button", { name: "▾ cifar" });
  await fold.click();
  await until("the folded group", async () => (await tableRows(opened).count()) === 8);
  await page.getByRole("button", { name: "▸ cifar" }).press("Enter");
  await until("its runs", async () => (await tableRows(opened).count()) === 14);
});

test("of a row under the mouse, the cells that stay let no column show through that moves below them", async () => {
  const opened = await open({ runs: [summary(0), summary(1)], state: { tab: "runs" } });
  const { page } = opened;
  // As themes of high contrast have it.
  await page.addStyleTag({ content: "body { --vscode-list-hoverBackground: rgba(255, 255, 255, 0.1) }" });
  await tableRows(opened).first().locator("td.fixed").hover();
  const ground = await page.evaluate(`getComputedStyle(
    document.querySelector("table.runs tbody tr:hover td.fixed"),
  ).backgroundColor`);
  assert.equal(ground, "rgb(31, 31, 31)", "the editor's own, opaque");
});

test("notes and tags are written in their cells; Escape leaves them; what is foreign in them is text", async () => {
  const note = "<img src=x onerror=alert(1)>";
  const runs = [summary(0, { note, tags: ["odd"] }), summary(1)];
  const opened = await open({ runs, state: { tab: "runs" } });
  const { page } = opened;
  const row = tableRows(opened).first();
  await row.getByText(note).waitFor();
  await row.getByRole("button", { name: /^tags of/ }).click();
  await page.keyboard.type(", keep");
  await page.keyboard.press("Enter");
  assert.deepEqual(await said(opened, "annotate"), {
    type: "annotate",
    directory: "/runs/0",
    tags: ["odd", "keep"],
  });
  opened.said.length = 0;
  await row.getByRole("button", { name: /^note of/ }).click();
  await page.keyboard.type("never");
  await page.keyboard.press("Escape");
  await row.getByRole("button", { name: /^note of/ }).press("Enter");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("halved the rate");
  await page.keyboard.press("Enter");
  assert.deepEqual(await said(opened, "annotate"), {
    type: "annotate",
    directory: "/runs/0",
    note: "halved the rate",
  });
});

test("the pointer over a chart names every run, the greatest value first, and brings the line that it is at to the front", async () => {
  const runs = [0, 1, 2].map((index) => summary(index));
  const opened = await open({
    runs,
    shown: runs.map(({ directory }) => directory),
    series: ["loss"],
    read: (directory, _, buckets) =>
      bucketed(() => Number(directory.slice("/runs/".length)) + 1, { to: steps, buckets }),
  });
  const { page } = opened;
  const over = lossChart(opened).locator(".u-over");
  await over.waitFor();
  const box = await over.boundingBox();
  assert.ok(box);
  // The scale ends a twentieth beyond 1 and 3: the line at 1 is near the lower edge.
  await page.mouse.move(box.x + 40, box.y + box.height - 10);
  const tooltip = lossChart(opened).locator(".tooltip");
  await tooltip.waitFor();
  assert.deepEqual(await tooltip.locator(".value").allTextContents(), ["3", "2", "1"]);
  const own = startWords(summary(0).startedAt);
  assert.deepEqual(await tooltip.locator(".row.at .name").allTextContents(), [own]);
  await page.mouse.move(box.x + 40, box.y + 10);
  await tooltip.locator(".row.at .value", { hasText: "3" }).waitFor();
  const front = lossChart(opened).locator(".front");
  const colours = (await page.evaluate(`(() => {
    const front = document.querySelector(".front");
    const { data } = front.getContext("2d").getImageData(0, 0, front.width, front.height);
    return [...new Set(new Uint32Array(data.buffer))].map((of) => [of & 255, (of >> 8) & 255, (of >> 16) & 255].join());
  })()`)) as string[];
  const third = Number.parseInt(colour(2, "dark").slice(1), 16);
  assert.ok(colours.includes([third >> 16, (third >> 8) & 255, third & 255].join()), "its line is in front");
  await page.mouse.move(5, 5);
  await tooltip.waitFor({ state: "hidden" });
  await front.waitFor({ state: "hidden" });
});

test("grouped in the table, runs are drawn as the mean of each group; ungrouped beside the charts, one by one", async () => {
  const runs = [0, 1, 2].map((index) =>
    summary(index, index < 2 ? {} : { name: "other", experiment: "/other.distill.json" }),
  );
  const opened = await open({
    runs,
    shown: runs.map(({ directory }) => directory),
    series: ["loss"],
    state: { runTable: { group: "experiment" } },
    read: (directory, _, buckets) =>
      bucketed(() => 2 * Number(directory.slice("/runs/".length)) + 1, { to: steps, buckets }),
  });
  const { page } = opened;
  const values = lossChart(opened).locator(".readout .value");
  await until("two means", async () => (await values.allTextContents()).join() === "2,5");
  assert.equal(await values.first().getAttribute("title"), "run 0 (2)");
  await lossChart(opened).locator(".note", { hasText: "mean ± std of groups" }).waitFor();
  await page.getByRole("button", { name: "Mean by experiment: draw each run" }).click();
  await until("three runs", async () => (await values.allTextContents()).join() === "1,3,5");
});

test("a scatter plot of two columns and parallel coordinates of all: a click and Enter draw runs, arrows name them", async () => {
  const { opened, page } = await openTable(30);
  await page.getByLabel("View", { exact: true }).selectOption("Scatter plot");
  const marks = page.locator(".plot .mark");
  await until("a point a run", async () => (await marks.count()) === 30);
  await page.getByLabel("Up", { exact: true }).selectOption("validation NLL");
  await page.getByLabel("Across", { exact: true }).selectOption("losses[0].temperature");
  await page.getByText("30 runs: validation NLL by losses[0].temperature").waitFor();
  const chosen = () => state(opened).then(({ shown }) => shown as string[]);
  await page.locator(".plot circle:not(.drawn)").first().click();
  await until("the run in the charts", async () => (await chosen()).includes("/runs/1"));
  const plot = page.getByRole("application");
  await plot.focus();
  for (const key of ["End", "Enter"]) await page.keyboard.press(key);
  await until("the last run in the charts", async () => (await chosen()).includes("/runs/29"));
  await page.getByRole("status").getByText("losses[0].temperature 8 · validation NLL 0.9667").waitFor();
  await page.keyboard.press("Enter");
  await until("not any more", async () => !(await chosen()).includes("/runs/29"));
  // Pressed twice before the page is drawn again, it is as before.
  await plot.evaluate((frame) => {
    const { KeyboardEvent } = frame.ownerDocument.defaultView;
    for (let times = 0; times < 2; times++)
      frame.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  });
  assert.ok(!(await chosen()).includes("/runs/29"));
  await page.getByLabel("View", { exact: true }).selectOption("Parallel coordinates");
  await until("a line a run", async () => (await page.locator(".plot path.mark").count()) === 30);
  const axes = page.locator(".plot path.axis");
  assert.equal(await axes.count(), 3);
  await page.getByLabel("Filter the table").fill("mnist");
  await until("those that pass", async () => (await page.locator(".plot path.mark").count()) === 15);
});

test("beside an editor of 900 pixels every control of the table is whole, and axes have room for their numbers", async () => {
  const { page } = await openTable(30);
  await page.setViewportSize({ width: 270, height: 600 });
  await page.getByLabel("View", { exact: true }).selectOption("Parallel coordinates");
  const axes = page.locator(".plot path.axis");
  await until("the axes", async () => (await axes.count()) === 3);
  const at = await axes.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left as number));
  for (const [index, left] of at.entries())
    if (index > 0) assert.ok(left - (at[index - 1] ?? 0) >= 100, `axes at ${at}`);
  const cut = await page.locator(".table-bar select, .table-bar input").evaluateAll((all) =>
    all.flatMap((one) => {
      const { right } = one.getBoundingClientRect();
      return right > 270 ? [`${one.getAttribute("aria-label")} ends at ${right}`] : [];
    }),
  );
  assert.deepEqual(cut, []);
});

test("a warning that many runs share leaves room for its words, and a long name of a run for the panel", async () => {
  const warnings = [{ code: "columns-inferred", message: "These columns were taken by what they hold." }];
  const runs = Array.from({ length: 30 }, (_, index) =>
    summary(index, { warnings, name: `a student of a name that is far too long to be shown ${index}` }),
  );
  const { page } = await open({ runs, shown: runs.map(({ directory }) => directory) });
  await page.setViewportSize({ width: 270, height: 700 });
  const words = page.getByText("These columns were taken");
  await words.waitFor();
  const { width = 0 } = (await words.boundingBox()) ?? {};
  assert.ok(width > 100, `the words are ${width} pixels wide`);
  await page.getByText("+26").waitFor();
  await page.getByRole("tab", { name: "Table" }).click();
  const chooser = page.getByLabel("Run", { exact: true });
  const { x = 0, width: own = 0 } = (await chooser.boundingBox()) ?? {};
  assert.ok(x + own <= 270, `the list ends at ${x + own}`);
});

test("a run that is opened takes the place of the others, beside the one that is pinned", async () => {
  const { opened, page } = await openTable(3);
  await page.getByRole("button", { name: /^Pin/ }).nth(1).click();
  const pinned = await until("the pin", async () => {
    const { runTable } = (await state(opened)) as { runTable?: { pinned?: string } };
    return runTable?.pinned;
  });
  await opened.tell({ type: "show", directories: ["/runs/0", "/runs/1", "/runs/2"] });
  await opened.tell({ type: "show", directories: ["/runs/0"] });
  const shown = ["/runs/0", pinned].toSorted();
  await until("both", async () =>
    isDeepStrictEqual(((await state(opened))["shown"] as string[]).toSorted(), shown),
  );
});

test("memory is a chart of the system, in bytes with their unit", async () => {
  const opened = await open({
    shown: ["/runs/0"],
    series: ["loss", "memory"],
    read: (_, name, buckets) =>
      bucketed(name === "memory" ? (at) => 8e8 + at * 6e5 : loss, { to: steps, buckets }),
  });
  const memory = opened.page.locator(".chart").filter({ hasText: "Memory" });
  await memory.locator(".u-over").waitFor();
  assert.equal(await memory.locator(".readout .value").textContent(), "1.4 GB");
  assert.match((await memory.locator(".stage").getAttribute("aria-label")) ?? "", / 1\.4 GB\. Arrow/);
  await opened.page.getByRole("button", { name: "SVG" }).click();
  assert.match((await said(opened, "save")).data, />800 MB<.*>1\.2 GB</s);
});

test("many charts are in sections, which fold, and are searched; both stay as they were left", async () => {
  const terms = Array.from({ length: 5 }, (_, index) => `terms.t${index}.raw`);
  const series = ["loss", ...terms, "validation.accuracy", "learningRate", "gradNorm", "samplesPerSecond"];
  const opened = await open({ shown: ["/runs/0"], series });
  const { page } = opened;
  const titles = () => page.locator(".chart h3").allTextContents();
  await until("all charts", async () => (await titles()).length === 10);
  assert.deepEqual((await titles()).slice(-4), [
    ...["Validation accuracy", "Learning rate", "Gradient norm", "Samples per second"],
  ]);
  await page.getByRole("button", { name: "▾ Losses (6)" }).press("Enter");
  await until("the others", async () => (await titles()).length === 4);
  await page.getByLabel("Search charts").fill("norm");
  await until("the one", async () => (await titles()).join() === "Gradient norm");
  assert.deepEqual((await state(opened))["chartChoice"], { folded: ["Losses"], text: "norm" });
  await page.getByLabel("Search charts").fill("");
  await page.getByRole("button", { name: "▸ Losses (6)" }).click();
  await until("all again", async () => (await titles()).length === 10);
});

test("clipped, a spike does not set the scale, and the chart says so", async () => {
  const opened = await open({ shown: ["/runs/0"] });
  const { page } = opened;
  await lossChart(opened).locator(".u-over").waitFor();
  const ticks = async () => {
    opened.said.length = 0;
    await page.getByRole("button", { name: "SVG" }).click();
    return [...(await said(opened, "save")).data.matchAll(/>(\d+(\.\d+)?)<\/text>/g)].map(([, text]) => text);
  };
  assert.ok((await ticks()).includes("8"), "the spike of 9 is within the axis");
  await page.getByLabel("Clip").check();
  await lossChart(opened).locator(".note", { hasText: "1–99 % of values" }).waitFor();
  assert.ok(!(await ticks()).includes("8"));
});
