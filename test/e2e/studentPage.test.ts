import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { createExample } from "../../server/exampleFolder.ts";
import { readAnswers } from "../../server/runs/answers.ts";
import { distill, onlyRun, type Scene, succeed } from "../run/support.ts";
import { screenshots } from "./package.ts";
import { patience, until } from "./until.ts";

/** The pages that `distill export --format web` writes, from a disk, in a browser without a network. */
let browser: Browser;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "student-page-"));
  browser = await chromium.launch({
    timeout: patience,
    executablePath: process.env["VSCODE_E2E_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

const source = (path: string) => ({ type: "csv", path, label: "kind" });
const shared = { temperature: undefined, training: { steps: 60 }, seed: 1, threads: 1 };
const dense = (units: number) => ({ type: "dense", units });

/** Trains in a folder of its own. @returns the run's directory */
async function trained(name: string, experiment: object, files: Readonly<Record<string, string>>) {
  const scene = await emptyScene(name);
  for (const [file, content] of Object.entries(files)) await writeFile(join(scene.folder, file), content);
  await writeFile(scene.file, JSON.stringify({ name, ...shared, ...experiment }));
  return runOf(scene);
}

async function emptyScene(name: string): Promise<Scene> {
  const own = await mkdtemp(join(folder, `${name}-`));
  return { folder: own, file: join(own, "a.distill.json"), runs: join(own, ".distill", "runs") };
}

async function runOf(scene: Scene, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await distill(["run", scene.file, ...words], { cwd: scene.folder });
  assert.equal(code, 0, stdout + stderr);
  return onlyRun(scene);
}

interface Opened {
  readonly page: Page;
  /** The classes that the page gives to the stored samples, by their numbers. */
  readonly said: ReadonlyMap<number, number>;
}

/** Exports a page, opens it, and compares what the student says in it with what the run has evaluated. */
async function opened(run: string): Promise<Opened> {
  const out = join(run, "..", "page");
  const { stdout } = await succeed(["export", run, "--format", "web", "--out", out], {
    cwd: folder,
  });
  assert.match(stdout, /size +\d+\.\d\d MB in one file/);
  const context = await browser.newContext({ offline: true, viewport: { width: 1000, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("dialog", () => assert.fail("a name was run"));
  const file = pathToFileURL(join(out, "index.html")).href;
  await page.goto(file);
  await page.locator('#status[data-state="ready"]').waitFor();
  assert.deepEqual(
    asked.filter((url) => !/^(data|blob):/.test(url)),
    [file],
    "it asks for nothing else",
  );
  const stored = await readAnswers(run);
  const samples = await page
    .locator("button.sample")
    .evaluateAll((all) =>
      all.map((one) => ({ ...(one as unknown as { dataset: Record<string, string> }).dataset })),
    );
  const said = new Map(samples.map(({ number, said }) => [Number(number), Number(said)] as const));
  const { student, teacher } = stored?.answers ?? {};
  assert.equal(said.size, 20);
  for (const [number, given] of said) assert.equal(given, student?.[number], `sample ${number}`);
  const firsts = await page.locator("button.sample").first().textContent();
  assert.match(firsts ?? "", teacher === undefined ? /student/ : /teacher.*student/s);
  return { page, said };
}

/** Waits until this class stands first in the answer. */
const says = (page: Page, name: string | undefined) =>
  until(
    `${name} to stand first`,
    async () => (await page.locator(".outputs .name").first().textContent()) === name,
  );

test("images are drawn, and chosen from files", async () => {
  const scene = await emptyScene("digits");
  const file = await createExample(join(scene.folder, "digits"));
  const digits = { ...scene, file, runs: join(scene.folder, "digits", ".distill", "runs") };
  const run = await runOf(digits, "--set", "training.epochs=2", "--set", "teacher.train.epochs=1");
  const { page, said } = await opened(run);
  const canvas = page.locator("canvas");
  const box = (await canvas.boundingBox()) ?? assert.fail();
  await page.getByRole("button", { name: "Clear" }).click();
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(0.5, 0.2));
  await page.mouse.down();
  await page.mouse.move(...at(0.5, 0.8), { steps: 12 });
  await page.mouse.up();
  await says(page, "1");
  // The same by keyboard alone.
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.locator(".pen").isVisible(), true);
  const told = page.getByRole("status").filter({ hasText: "Pen" });
  assert.equal(await told.textContent(), "Pen up, row 14 of 28, column 15 of 28");
  for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Space");
  assert.equal(await told.textContent(), "Pen down, row 6 of 28, column 15 of 28");
  for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowDown");
  assert.equal(await told.textContent(), "Pen down, row 28 of 28, column 15 of 28");
  await page.keyboard.press("Space");
  const drawn = await canvas.evaluate((one) => (one as unknown as { toDataURL(): string }).toDataURL());
  await page.keyboard.press("ArrowRight");
  assert.equal(
    await canvas.evaluate((one) => (one as unknown as { toDataURL(): string }).toDataURL()),
    drawn,
  );
  await says(page, "1");
  await page.screenshot({ path: join(screenshots, "student-page-keys.png"), fullPage: true });
  // The picture of a stored sample, as a file.
  const [number, given] = [...said][3] ?? assert.fail();
  const uri = await page.locator(`button.sample[data-number="${number}"] img`).getAttribute("src");
  await page.getByLabel("Choose an image").setInputFiles({
    name: "digit.png",
    mimeType: "image/png",
    buffer: Buffer.from(uri?.split(",")[1] ?? "", "base64"),
  });
  await says(page, String(given));
  await page.screenshot({ path: join(screenshots, "student-page.png"), fullPage: true });
});

test("a row's fields are filled in, and names are text whatever they look like", async () => {
  const hostile = '<img src=x onerror="alert(1)">';
  const kinds = [hostile, "</script><script>alert(1)</script>", "oak"];
  const colours = ["green", "<b>red</b>", "blue"];
  const rows = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => {
      const kind = (i * 7 + seed) % 3;
      const colour = i % 10 === 0 ? "" : colours[i % 5 === 0 ? (kind + 1) % 3 : kind];
      return [
        i % 9 === 0 ? "" : kind + ((i * 37) % 100) / 120,
        `"${colour}"`,
        i % 2 === 0 ? "yes" : "no",
        `"${kinds[kind]?.replaceAll('"', '""')}"`,
      ].join(",");
    });
  const csv = (count: number, seed: number) =>
    [`"<i>height</i>",colour,tall,kind`, ...rows(count, seed)].join("\n");
  const run = await trained(
    hostile,
    {
      data: { train: source("train.csv"), test: source("test.csv"), normalize: "fit", batchSize: 32 },
      teacher: {
        type: "layers",
        layers: [{ ...dense(16), activation: "relu" }, dense(3)],
        train: { epochs: 2 },
      },
      student: { layers: [dense(3)] },
    },
    { "train.csv": csv(240, 0), "test.csv": csv(60, 1) },
  );
  const { page, said } = await opened(run);
  assert.equal(await page.locator("h1").textContent(), hostile);
  assert.equal(await page.locator("main img, main script, main i, main b").count(), 0);
  const fields = page.locator(".fields label");
  assert.deepEqual(await fields.locator("span").allTextContents(), ["<i>height</i>", "colour", "tall"]);
  const test = rows(60, 1);
  for (const [number, given] of [...said].slice(0, 6)) {
    const [height = "", colour = "", tall = ""] = (test[number] ?? "").split(",");
    await fields.locator("input").first().fill(height);
    await fields.locator("select").first().selectOption(colour.replaceAll('"', ""));
    await fields.locator("select").nth(1).selectOption(tall);
    const names = [...kinds].sort();
    await says(page, names[given]);
  }
  await fields.locator("input").first().fill("");
  await page.locator(".outputs li").first().waitFor();
  // What is no number is not a missing one.
  await fields.locator("input").first().pressSequentially("1e");
  await page.getByText("<i>height</i>: expected a number.").waitFor();
  await page.locator("button.sample").nth(1).click();
  const height = await fields.locator("input").first().inputValue();
  assert.ok(height.length > 3 && height.length <= 10, `${height} has the digits of a float32`);
  await page.locator(".outputs li").first().waitFor();
});

test("a regression's answer is the number of its target, and a table without gaps has its own words for yes and no", async () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, i) => `${(i % 7) / 7},${i % 2 ? "Yes" : "No"},${100 + (i % 2) * 50}`);
  const csv = (count: number) => ["area,garden,price", ...rows(count)].join("\n");
  const from = (path: string) => ({ type: "csv", path, label: "price" });
  const scene = await emptyScene("prices");
  await writeFile(join(scene.folder, "train.csv"), csv(140));
  await writeFile(join(scene.folder, "test.csv"), csv(42));
  const data = { train: from("train.csv"), test: from("test.csv"), normalize: "fit", batchSize: 14 };
  const student = { layers: [dense(1)] };
  await writeFile(
    scene.file,
    JSON.stringify({
      name: "prices",
      ...shared,
      task: "regression",
      data: { ...data, standardizeTargets: true },
      losses: [{ type: "mse" }],
      student,
      training: { steps: 400 },
      optimizer: { type: "adam", learningRate: 0.05 },
    }),
  );
  const run = await runOf(scene);
  const out = join(scene.folder, "page");
  await succeed(["export", run, "--format", "web", "--out", out], { cwd: folder });
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(pathToFileURL(join(out, "index.html")).href);
  await page.locator('#status[data-state="ready"]').waitFor();
  await page.getByLabel("area").fill("0.5");
  const garden = page.getByLabel("garden");
  assert.deepEqual(await garden.locator("option").allTextContents(), ["No", "Yes"]);
  for (const [word, price] of [
    ["Yes", 150],
    ["No", 100],
  ] as const) {
    await garden.selectOption(word);
    await until(`a price near ${price}`, async () => {
      const answer = await page.locator(".answer dl").textContent();
      return Math.abs(Number(/^price([\d.]+)$/.exec(answer ?? "")?.[1]) - price) < 5;
    });
  }
  await page.screenshot({ path: join(screenshots, "student-page-regression.png"), fullPage: true });
  assert.match((await page.locator("button.sample").first().textContent()) ?? "", /^.*#0 · 100student: \d/);
  // Without samples it begins with a row of the training's means.
  await rm(join(scene.folder, "test.csv"));
  const own = join(out, "alone.html");
  const alone = await succeed(["export", run, "--format", "web", "--out", own], { cwd: folder });
  assert.match(alone.stdout, /^ +open +\S*\/page\/alone\.html, /m);
  assert.deepEqual(
    (await readdir(out)).filter((name) => name.startsWith("alone")),
    ["alone.html", "alone.html.sha256"],
  );
  await page.goto(pathToFileURL(own).href);
  await page.locator('#status[data-state="ready"]').waitFor();
  assert.equal(await page.getByLabel("area").inputValue(), "0.4286");
  await page.locator(".answer dl", { hasText: /^price\d/ }).waitFor();
  assert.equal(await page.locator("button.sample").count(), 0);
});

test("a text is typed, and becomes the numbers of the training", async () => {
  const words = { good: "a fine day, a fine meal", bad: "the rain and the cold" };
  const texts = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => {
      const kind = (i + seed) % 2 === 0 ? "good" : "bad";
      const all = words[kind].split(" ");
      return [[0, 1, 2].map((k) => all[(i * 3 + k * 2 + seed) % all.length]).join(" "), kind] as const;
    });
  const csv = (count: number, seed: number) =>
    ["text,kind", ...texts(count, seed).map(([text, kind]) => `"${text}",${kind}`)].join("\n");
  const scene = await emptyScene("texts");
  const tokenizer = fileURLToPath(new URL("../fixtures/texts/wordpiece.json", import.meta.url));
  await copyFile(tokenizer, join(scene.folder, "tokenizer.json"));
  const from = (path: string) => ({
    type: "text",
    path,
    text: "text",
    label: "kind",
    tokenizer: "tokenizer.json",
    maxLength: 12,
  });
  const { vocab } = JSON.parse(await readFile(tokenizer, "utf8")).model;
  const size = Math.max(...(Object.values(vocab) as number[])) + 1;
  const experiment = {
    name: "texts",
    ...shared,
    data: { train: from("train.csv"), test: from("test.csv"), batchSize: 16 },
    losses: [{ type: "ce" }],
    student: { layers: [{ type: "embedding", inputDim: size, outputDim: 8 }, { type: "flatten" }, dense(2)] },
  };
  await writeFile(join(scene.folder, "train.csv"), csv(120, 0));
  await writeFile(join(scene.folder, "test.csv"), csv(40, 5));
  await writeFile(scene.file, JSON.stringify(experiment));
  const { page, said } = await opened(await runOf(scene));
  const area = page.locator("textarea");
  await area.fill(" ");
  await page.getByText("Type a text.").waitFor();
  for (const [number, given] of [...said].slice(0, 5)) {
    await area.fill("");
    await area.fill(texts(40, 5)[number]?.[0] ?? "");
    await says(page, ["bad", "good"][given]);
  }
});
