import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { trackLive } from "../../server/tracking/mlflow/liveRun.ts";
import { started, stepOf, stopped, writeLog, writtenRun } from "../support/writtenRun.ts";
import { adopt, kill } from "./lives.ts";
import { distill, endless, eventsOf, onlyRun, scene, start, succeed, until } from "./support.ts";

/** What a server is told, live and by `export-log`, and how its answers are taken; mlflow.test.ts exports to MLflow's own. */

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}
type Request = Pick<IncomingMessage, "headers"> & { readonly path: string; readonly body: string };

async function served(
  context: TestContext,
  answer: (request: Request) => Answer | Promise<Answer>,
): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const path = request.url?.replace("/below/api/2.0/mlflow/", "") ?? "";
    const { status = 200, headers = {}, body: text } = await answer({ headers: request.headers, path, body });
    response.writeHead(status, headers).end(text);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`;
}

const send = (run: string, to: string, env: NodeJS.ProcessEnv = {}) =>
  distill(["export-log", run, "--format", "mlflow", "--to", to], { env });

interface StoredRun {
  readonly tags: Map<string, string>;
  readonly params: Map<string, string>;
  readonly metrics: Readonly<Record<string, unknown>>[];
  update: Readonly<Record<string, unknown>>;
}

/** The least that MLflow does: one experiment, runs, and what is logged of them. */
function smallMlflow() {
  const runs: StoredRun[] = [];
  const largest = { metrics: 0 };
  const answer = ({ path, body }: Request): object => {
    const told = body === "" ? {} : JSON.parse(body);
    if (path.startsWith("experiments/get-by-name"))
      return { experiment: { experiment_id: "7", lifecycle_stage: "active" } };
    const shown = (id: number) => ({
      info: { run_id: String(id) },
      data: { tags: [...(runs[id]?.tags ?? [])].map(([key, value]) => ({ key, value })) },
    });
    if (path === "runs/search") {
      const value = /= '(\w+)'/.exec(told.filter)?.[1];
      const id = runs.findIndex(({ tags }) => tags.get("distill.run") === value);
      return id < 0 ? {} : { runs: [shown(id)] };
    }
    if (path === "runs/create") {
      runs.push({ tags: new Map(), params: new Map(), metrics: [], update: {} });
      for (const { key, value } of told.tags) runs.at(-1)?.tags.set(key, value);
      return { run: shown(runs.length - 1) };
    }
    const run = runs[Number(told.run_id)];
    assert.ok(run, path);
    if (path === "runs/update") run.update = told;
    else {
      assert.equal(path, "runs/log-batch");
      const { metrics = [], params = [], tags = [] } = told;
      assert.ok(metrics.length + params.length + tags.length <= 1000 && params.length <= 100);
      largest.metrics = Math.max(largest.metrics, metrics.length);
      run.metrics.push(...metrics);
      for (const { key, value } of params) run.params.set(key, value);
      for (const { key, value } of tags) run.tags.set(key, value);
    }
    return {};
  };
  return { runs, largest, answer };
}

test("an export that was broken off continues where it ended, and one of a run that trained on adds what is new", async (context) => {
  const steps = Array.from({ length: 700 }, (_, step) => stepOf(step + 1, step / 7));
  const settings = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`p${index}`, index]));
  const { run } = await writtenRun(context, {
    experiment: settings,
    events: [started("start", 0), ...steps],
  });
  const mlflow = smallMlflow();
  let logged = 0;
  const to = await served(context, (request) => {
    if (request.path === "runs/log-batch" && ++logged === 5)
      return {
        status: 500,
        body: JSON.stringify({ error_code: "INTERNAL_ERROR", message: "the disk is full" }),
      };
    return { body: JSON.stringify(mlflow.answer(request)) };
  });
  const broken = await send(run.path, to);
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /answered runs\/log-batch with 500 INTERNAL_ERROR: the disk is full/);
  const again = await send(run.path, to);
  assert.deepEqual([again.code, again.stderr], [0, ""]);
  const numbers = (count: number) => count * 4; // loss, rate, norm and samples per second
  const [stored, ...others] = mlflow.runs;
  assert.deepEqual([stored?.metrics.length, others], [numbers(700), []]);
  assert.equal(stored?.params.size, 130);
  assert.ok(mlflow.largest.metrics > 800, "the numbers of many steps go in one request");
  writeLog(run, [started("resume", 700), stepOf(701, null), stopped]);
  const { stdout } = await send(run.path, to);
  assert.match(stdout, /1 of 1 were there before, and have 4 more numbers now\./);
  assert.equal(stored?.metrics.length, numbers(701));
  assert.deepEqual([stored?.metrics.at(-4)?.["value"], stored?.update["status"]], ["NaN", "KILLED"]);
  assert.match((await send(run.path, to)).stdout, /have 0 more numbers now/);
  writeLog(run, [started("resume", 650), stepOf(651, 1), stopped]);
  const returned = await send(run.path, to);
  assert.equal(returned.code, 1);
  assert.match(returned.stderr, /has been resumed from an earlier step since .*\nDelete it there/);
  assert.equal(stored?.metrics.length, numbers(701));
});

test("what authorises is sent and never shown", async (context) => {
  const { run } = await writtenRun(context, { events: [started("start", 0), stepOf(1, 1), stopped] });
  const seen = new Set<string | undefined>();
  const to = await served(context, ({ headers }) => {
    seen.add(headers.authorization);
    return { status: 401, body: "Unauthorized" };
  });
  for (const [env, header, hint] of [
    [{}, undefined, /Set MLFLOW_TRACKING_TOKEN/],
    [{ MLFLOW_TRACKING_TOKEN: "s3cret" }, "Bearer s3cret", /correct it/],
    [
      { MLFLOW_TRACKING_USERNAME: "me", MLFLOW_TRACKING_PASSWORD: "s3cret" },
      `Basic ${Buffer.from("me:s3cret").toString("base64")}`,
      /correct it/,
    ],
  ] as const) {
    seen.clear();
    const { code, stdout, stderr } = await send(run.path, to, env);
    assert.equal(code, 1);
    assert.match(stderr, /refuses access \(401\)/);
    assert.match(stderr, hint);
    assert.ok(!`${stdout}${stderr}`.includes("s3cret"));
    assert.deepEqual([...seen], [header]);
  }
});

test("what is no MLflow, and no address of one, is a sentence", async (context) => {
  const { run } = await writtenRun(context, { events: [started("start", 0), stopped] });
  for (const [answer, expected] of [
    [{ body: "<html>" }, /does not answer as MLflow does \(200\)/],
    [{ body: "{}" }, /does not answer as MLflow does\./],
    [{ status: 404, body: "Not Found" }, /does not answer as MLflow does \(404\)/],
    [
      { status: 302, headers: { location: "/login" }, body: "" },
      /does not answer as MLflow does \(302, to \/login\)/,
    ],
  ] as const) {
    const { code, stderr } = await send(run.path, await served(context, () => answer));
    assert.equal(code, 1);
    assert.match(stderr, expected);
  }
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  for (const [to, expected] of [
    [`http://127.0.0.1:${port}`, /could not be reached: nothing listens there/],
    ["mlruns", /"mlruns" is no address of a server/],
    ["http://me:s3cret@127.0.0.1:1", /has a name or a password in it/],
  ] as const) {
    const { code, stderr } = await send(run.path, to);
    assert.equal(code, 1);
    assert.match(stderr, expected);
    assert.ok(!stderr.includes("s3cret"));
  }
});

test("a folder, or a server for MLflow", async (context) => {
  const { run } = await writtenRun(context, { events: [started("start", 0), stopped] });
  for (const [args, said] of [
    [["mlflow"], "Give --out PATH, or --to ADDRESS with --format mlflow."],
    [
      ["mlflow", "--out", "x", "--to", "http://127.0.0.1:1"],
      "--to has no effect with --out: leave one of them out.",
    ],
    [
      ["csv", "--to", "http://127.0.0.1:1"],
      "--to has an effect only with --format mlflow: leave it out, or add that.",
    ],
  ] as const) {
    const { code, stderr } = await distill(["export-log", run.path, "--format", ...args]);
    assert.deepEqual([code, stderr], [1, `${said}\n`]);
  }
});

/** The numbers of `loss` in a log, a line each. */
const lossesOf = async (run: string): Promise<string[]> =>
  (await eventsOf(run)).flatMap((event) =>
    event.type === "step" && event.subject === undefined ? [`${event.step} ${event.loss}`] : [],
  );

test("a server is told of a run while it trains, and again once it is resumed; what it missed is exported", {
  timeout: 600_000,
}, async (context) => {
  const mlflow = smallMlflow();
  let isAway = false;
  const to = await served(context, (request) =>
    isAway ? { status: 503, body: "" } : { body: JSON.stringify(mlflow.answer(request)) },
  );
  const it = await scene(context, { steps: endless });
  const running = start(["run", it.file, "--mlflow", to]);
  const told = () =>
    (mlflow.runs[0]?.metrics ?? []).flatMap(({ key, step, value }) =>
      key === "loss" ? [`${step} ${value}`] : [],
    );
  await until(() => (told().length > 0 ? true : undefined));
  const run = await onlyRun(it);
  await succeed(["stop", run]);
  await running.finished;
  await until(() => mlflow.runs[0]?.update["status"] === "KILLED" || undefined);
  assert.deepEqual(told(), await lossesOf(run));
  assert.equal(mlflow.runs[0]?.params.get("losses.0.temperature"), "3");
  assert.equal(mlflow.runs[0]?.tags.get("distill.state"), "stopped");

  const resumed = start(["resume", run]);
  await until(() => mlflow.runs[0]?.update["status"] === "RUNNING" || undefined);
  isAway = true;
  const isWarned = async () =>
    (await eventsOf(run)).some((event) => "code" in event && event.code === "mlflow");
  await until(async () => (await isWarned()) || undefined);
  const known = (await lossesOf(run)).length;
  await until(async () => (await lossesOf(run)).length > known || undefined);
  await succeed(["stop", run]);
  await resumed.finished;
  isAway = false;
  const { code, stderr } = await send(run, to);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(told(), await lossesOf(run));
  assert.equal(mlflow.runs.length, 1);

  // Moved here from elsewhere, or told of no place: nothing is sent anywhere.
  const [record, before] = [join(run, "trackers.json"), mlflow.runs[0]?.metrics.length];
  for (const [words, written] of [
    [[], (await readFile(record, "utf8")).replace('"inode": "', '"inode": "7')],
    [["--mlflow", ""], await readFile(record, "utf8")],
  ] as const) {
    await writeFile(record, written);
    const from = (await lossesOf(run)).length;
    const silent = start(["resume", run, ...words]);
    await until(async () => (await lossesOf(run)).length > from || undefined);
    await succeed(["stop", run]);
    await silent.finished;
    assert.equal(mlflow.runs[0]?.metrics.length, before);
  }
  assert.doesNotMatch(await readFile(record, "utf8"), /mlflow/);
});

test("the runs of a sweep stand below it while they train, too", { timeout: 600_000 }, async (context) => {
  const mlflow = smallMlflow();
  const to = await served(context, (request) => ({ body: JSON.stringify(mlflow.answer(request)) }));
  const it = await scene(context, { steps: 10, with: { seed: undefined, seeds: [1, 2], jobs: 2 } });
  await succeed(["run", it.file, "--mlflow", to]);
  await until(() => mlflow.runs.every(({ update }) => update["status"] === "FINISHED") || undefined);
  const named = mlflow.runs.map(({ tags }) => [tags.get("mlflow.runName"), tags.get("mlflow.parentRunId")]);
  const sweep = mlflow.runs.findIndex(({ tags }) => !tags.has("mlflow.parentRunId"));
  const [own = ""] = named[sweep] ?? [];
  assert.deepEqual(named.toSorted(), [
    [own, undefined],
    [`${own}-01`, String(sweep)],
    [`${own}-02`, String(sweep)],
  ]);
});

test("where a server is too slow for the numbers of a run that has ended, it still hears that it has", async (context) => {
  let isSlow = true;
  const steps = Array.from({ length: 4000 }, (_, step) => stepOf(step + 1, step / 7));
  const { run } = await writtenRun(context, { events: [started("start", 0), ...steps, stopped] });
  const mlflow = smallMlflow();
  const to = await served(context, async (request) => {
    if (isSlow && request.body.includes('"metrics":[{')) await sleep(300);
    return { body: JSON.stringify(mlflow.answer(request)) };
  });
  const said = context.mock.method(console, "error", () => undefined);
  await trackLive(run, {
    to,
    base: run.path,
    log: { append: () => assert.fail("the log is closed") },
  }).finish();
  const [stored] = mlflow.runs;
  assert.equal(stored?.update["status"], "KILLED");
  assert.match(
    String(said.mock.calls[0]?.arguments[0]),
    /The last ones have not arrived in time\. `distill export-log`/,
  );
  assert.ok((stored?.metrics.length ?? 0) < 4 * steps.length);
  isSlow = false;
  assert.match((await send(run.path, to)).stdout, /1 of 1 were there before/);
  assert.equal(stored?.metrics.length, 4 * steps.length);
});

test("a server that is away is told of once, and a file store has what an export writes", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 20 });
  const inside = { cwd: it.folder };
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await succeed(["run", it.file, "--mlflow", `http://127.0.0.1:${port}`], inside);
  const run = await onlyRun(it);
  const warned = (await eventsOf(run)).flatMap((event) =>
    event.type === "warning" && event.code === "mlflow" ? [event.message] : [],
  );
  assert.equal(warned.length, 1);
  assert.match(warned[0] ?? "", /nothing listens there\. The run goes on/);
  await succeed(["delete", run, "--yes"]);

  await succeed(["run", it.file, "--mlflow", "live"], inside);
  await succeed(["export-log", "latest", "--format", "mlflow", "--out", "later"], inside);
  const live = await contents(it.folder, "live");
  assert.ok(live.some(([file]) => file?.endsWith("metrics/loss")));
  assert.deepEqual(live, await contents(it.folder, "later"));
});

/** The files of a store, by their paths in it. */
async function contents(folder: string, store: string): Promise<string[][]> {
  const names = await readdir(join(folder, store), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = files.sort().map(async (file) => {
    const text = await readFile(file, "utf8");
    return [file, text].map((part) => part.replaceAll(join(folder, store), ""));
  });
  return Promise.all(texts);
}

test("a file store has a sweep that was killed with its runs, resumed and stopped as an export writes it", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: endless, with: { seed: undefined, seeds: [1, 2], jobs: 2 } });
  const inside = { cwd: it.folder };
  const ended = async () =>
    (await contents(it.folder, "live")).filter(
      ([file = "", text = ""]) => file.endsWith("distill.state") && text === "stopped",
    ).length;
  const running = start(["run", it.file, "--mlflow", "live"], inside);
  const hasLosses = async () =>
    (await contents(it.folder, "live").catch(() => [])).filter(([file]) => file?.endsWith("metrics/loss"))
      .length === 2 || undefined;
  await until(hasLosses);
  const runs = (await readdir(it.runs)).filter((name) => !name.startsWith(".")).sort();
  assert.equal(runs.length, 3);
  for (const name of runs) await kill(adopt(join(it.runs, name)));
  await running.finished;
  const [sweep = ""] = runs;
  const stepsOf = async (run: string) =>
    (await eventsOf(join(it.runs, run))).flatMap((event) => (event.type === "step" ? [event.step] : []));
  const reached = await Promise.all(runs.map(async (run) => Math.max(0, ...(await stepsOf(run)))));
  const resumed = start(["resume", sweep, "--mlflow", "live"], inside);
  // What was told of steps that are never taken again stays in the store.
  const isBeyond = async () => {
    const now = await Promise.all(runs.map(stepsOf));
    return now.slice(1).every((steps, i) => (steps.at(-1) ?? 0) > (reached[i + 1] ?? 0)) || undefined;
  };
  await until(isBeyond);
  await succeed(["stop", sweep], inside);
  await resumed.finished;
  await until(async () => (await ended()) === 3 || undefined);
  await succeed(["export-log", sweep, "--format", "mlflow", "--out", "later"], inside);
  const byStep = (files: readonly string[][]) =>
    files.map(([file = "", text = ""]) => [
      file,
      file.includes("/metrics/") ? lastOfSteps(text) : withoutBirth(text),
    ]);
  const live = byStep(await contents(it.folder, "live"));
  assert.equal(live.filter(([file]) => String(file).endsWith("mlflow.parentRunId")).length, 2);
  assert.deepEqual(live, byStep(await contents(it.folder, "later")));
});

/** A resumed run is asked for anew, and an experiment begins with its first run. */
const withoutBirth = (text: string): string => text.replace(/^(creation|last_update)_time: .*\n/gm, "");

/** Of steps that were taken again the points of the last time, in the order of the steps. */
const lastOfSteps = (text: string): readonly string[] => [
  ...new Map(
    text
      .trimEnd()
      .split("\n")
      .map((line) => [Number(line.split(" ")[2]), line] as const),
  ).values(),
];

test("no place of MLflow's is refused before a run is made", async (context) => {
  const it = await scene(context);
  for (const [place, expected] of [
    ["sqlite:///runs.db", /is no address of a server/],
    ["http://me:s3cret@127.0.0.1:1", /has a name or a password in it/],
  ] as const) {
    const { code, stderr } = await distill(["run", it.file, "--mlflow", place]);
    assert.equal(code, 1);
    assert.match(stderr, expected);
    assert.ok(!stderr.includes("s3cret"));
  }
  await assert.rejects(readdir(it.runs), /ENOENT/);
});
