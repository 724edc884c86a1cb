import { userFolder } from "../../userFolder.ts";
import { footprint } from "../graph/footprint.ts";
import type { Graph } from "../graph/graph.ts";
import type { Form } from "../graph/layouts/lowerForOnnxRuntime.ts";
import { sizeOf } from "../graph/values.ts";
import type { Data, Executor, NamedData } from "../program.ts";
import { arrayTypes } from "./feeds.ts";
import { type Measured, measuredPath, readMeasured, writeMeasured } from "./measuredForms.ts";

/** A run that lasts as long, by the estimate of cost.ts, has its forms measured. */
const longMs = 30_000;
/** Less would make measuring a part of the run. */
const leastSteps = 200;
/** What the second form takes at most, of the first one's time by estimate, to be worth measuring. */
const closest = 2;
/** Of the first form's time: what the second has to take at most to be chosen, as measuring is not exact. */
const clearlyFaster = 0.95;

/** What an executor is asked for. */
export interface FormWishes {
  readonly form?: string | undefined;
  readonly steps?: number | undefined;
  readonly threads: number;
}

/** The forms of a program that may be chosen, the first one by rule: one, or two that have to be measured. */
export function candidates(
  forms: readonly Form[],
  { form, steps = 0, threads }: FormWishes,
): readonly Form[] {
  const [first, second] = forms as readonly [Form, Form?];
  const kept = forms.find(({ name }) => name === form);
  if (kept === first) return [first];
  if (kept !== undefined) return [because(kept, "as the run began")];
  const isLong = steps >= leastSteps && (first.ms * steps) / threads >= longMs;
  return isLong && second !== undefined && second.ms <= closest * first.ms ? [first, second] : [first];
}

/**
 * The faster of two forms, as it was measured on this processor before, or is now: each runs a few steps in turn.
 * @param load an executor in a form, whose state may be spoiled
 * @param options available: bytes of memory; cache: folder of what is remembered
 */
export async function fasterForm(
  forms: readonly [Form, Form],
  {
    graphs,
    threads,
    available,
    cache = userFolder("cache"),
  }: {
    readonly graphs: readonly Graph[];
    readonly threads: number;
    readonly available: number;
    readonly cache?: string;
  },
  load: (form: Form) => Promise<Executor>,
): Promise<Form> {
  const [first, second] = forms;
  const step = trainingStep(graphs);
  if (step === undefined || !fitsTwice(graphs, available)) return first;
  const path = measuredPath(step, { threads, cache });
  const known = await readMeasured(path);
  const isKnown = known !== undefined && forms.every(({ name }) => known[name] !== undefined);
  const measured = isKnown ? known : await measure(forms, step, load);
  if (!isKnown) await writeMeasured(path, measured);
  const msOf = ({ name }: Form) => measured[name] as number;
  const isSecond = msOf(second) <= clearlyFaster * msOf(first);
  const [form, other] = isSecond ? [second, first] : [first, second];
  return because(
    form,
    `${written(msOf(form))} ms a step measured on this machine, ${other.label} ${written(msOf(other))}`,
  );
}

function because(form: Form, decided: string): Form {
  const reason = `${form.reason}; ${decided}`;
  return { ...form, reason, lower: () => ({ ...form.lower(), reason }) };
}

const written = (ms: number): string => String(Number(ms.toPrecision(3)));

/** That of the largest batch. */
function trainingStep(graphs: readonly Graph[]): Graph | undefined {
  const batchOf = ({ inputs }: Graph) =>
    Math.max(0, ...[...inputs.values()].map(({ shape }) => shape[0] ?? 0));
  return graphs.filter(({ updates }) => updates.size > 0).sort((a, b) => batchOf(b) - batchOf(a))[0];
}

/** Two executors at once, each of which may take twice its footprint. */
function fitsTwice(graphs: readonly Graph[], available: number): boolean {
  const bytes = graphs.map((graph) => {
    const { perBatch, fixed } = footprint(graph);
    return perBatch + fixed;
  });
  return 4 * Math.max(...bytes) <= available;
}

/** Several, because the other executor's threads spin for a while after its last step. */
const stepsInTurn = 3;

/** Each form's fastest step: other load can only add. */
async function measure(
  forms: readonly Form[],
  step: Graph,
  load: (form: Form) => Promise<Executor>,
): Promise<Measured> {
  const feeds = feedsOf(step);
  const tried = await Promise.all(
    forms.map(async ({ name }, i) => ({
      name,
      ms: Number.POSITIVE_INFINITY,
      executor: await load(forms[i] as Form),
    })),
  );
  try {
    for (const { executor } of tried) await executor.run(step.name, feeds); // loads the model
    const until = performance.now() + 1000;
    for (let round = 0; round < 2 || (round < 20 && performance.now() < until); round++)
      for (const one of tried)
        for (let i = 0; i < stepsInTurn; i++) {
          const start = performance.now();
          await one.executor.run(step.name, feeds);
          one.ms = Math.min(one.ms, performance.now() - start);
        }
  } finally {
    await Promise.all(tried.map(({ executor }) => executor.dispose()));
  }
  return Object.fromEntries(tried.map(({ name, ms }) => [name, ms]));
}

/** Numbers that keep the state finite: small scalars, samples in [0, 1), and the first row or class everywhere. */
function feedsOf({ inputs }: Graph): NamedData {
  return Object.fromEntries(
    [...inputs].map(([name, { shape, dtype }]): [string, Data] => {
      const data = new arrayTypes[dtype](sizeOf(shape));
      if (dtype !== "float32") return [name, data];
      return [name, shape.length === 0 ? data.fill(1e-3) : data.map((_, i) => (i * 0.618034) % 1)];
    }),
  );
}
