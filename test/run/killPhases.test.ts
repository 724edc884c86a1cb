import { test } from "node:test";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { fated } from "./fate.ts";
import { adopt, dead, reborn } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { onlyRun, scene, succeed } from "./support.ts";

const enters = (phase: string) => ({ event: { type: "phase", phase } });
const trains = (subject: string | null, nth = 1) => ({ event: { type: "step", subject }, nth });

/** What a run does one after the other, and where in it the process is killed. */
const moments = [
  ["looking at the data", enters("preflight")],
  ["opening the teacher", enters("teacher")],
  ["training the teacher", trains("teacher")],
  ["training the teacher, later", trains("teacher", 150)],
  ["computing teacher outputs", enters("cache")],
  ["storing what the teacher said", { opens: "/cache/.*\\.part$" }],
  ["training the student", trains(null, 100)],
  ["writing the checkpoint at the border of two stages", { opens: "/checkpoints/\\.150[^/]*\\.tmp/." }],
  ["beginning the second stage", { event: { type: "stage", name: "kd", subject: null } }],
  ["training the student in its second stage", trains(null, 50)],
  ["training the student alone", trains("studentAlone", 100)],
  ["evaluating", enters("evaluate")],
  ["evaluating, later", { event: { type: "evaluation", split: "test" } }],
] as const;

test("a run that is killed in each of its phases ends as if it had never been disturbed", {
  timeout: 600_000,
}, async (context) => {
  const dense = (units: number) => ({ type: "dense", units, activation: "relu" });
  const experiment = {
    name: "phases",
    baselines: { studentAlone: true },
    teacher: {
      type: "layers",
      layers: [{ ...dense(256), name: "hidden" }, dense(256), { type: "dense", units: 3 }],
      train: { epochs: 60 },
    },
    student: {
      layers: [
        { ...dense(192), name: "own" },
        { type: "dropout", rate: 0.2 },
        dense(192),
        { type: "dense", units: 3 },
      ],
    },
    training: { steps: 400, evaluateEvery: 40, checkpointEvery: 16 },
    stages: [
      {
        name: "hint",
        losses: [{ type: "hint", student: "own", teacher: "hidden", projector: "linear" }],
        trainable: ["own.*"],
        training: { steps: 150 },
      },
      {
        name: "kd",
        losses: [
          { type: "kd", temperature: 3 },
          { type: "ce" },
          { type: "hint", student: "own", teacher: "hidden", projector: "linear", weight: 1 },
        ],
        optimizer: { type: "sgd", learningRate: 0.05, momentum: 0.9 },
        training: { steps: 250 },
      },
    ],
    temperature: undefined,
    alpha: undefined,
  };
  // Noise would keep the teacher's answers from being kept: every sample is another one each time.
  const cached = async () => {
    const it = await scene(context, { with: experiment });
    return { ...it, words: [it.file, "--set", "data.augment=[]"] };
  };
  const whole = await cached();
  await succeed(["run", ...whole.words, "--json"]);
  const expected = await outcome(await onlyRun(whole));

  const broken = await cached();
  const [[, first], ...others] = moments;
  const env = fated({ signal: "SIGKILL", ...first });
  await succeed(["run", ...broken.words, "--detach"], { env });
  const run = runDirectory(await onlyRun(broken));
  await dead(adopt(run.path));
  for (const [what, moment] of others) {
    context.diagnostic(what);
    await dead(await reborn(run, fated({ signal: "SIGKILL", ...moment })));
  }
  await dead(await reborn(run));
  await assertSameOutcome(run.path, expected);
});
