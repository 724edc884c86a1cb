import type { Experiment, Loss, Stage, Teacher } from "../../schemas/experiment.gen.ts";
import type { ResolvedExperiment, ResolvedStage } from "../../schemas/resolvedExperiment.gen.ts";
import type { Schema } from "../parameters/schema.ts";
import { type TaskName, taskOf } from "../tasks/tasks.ts";
import { namesModule } from "./schema/choose.ts";
import { experimentSchema, resolved } from "./schema/schema.ts";
import { branches, type Selector } from "./schema/union.ts";

export type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";

/**
 * The experiment with every default filled in and `temperature` / `alpha` written out as losses, as the trainer reads it. Each of
 * its stages is whole, and its `losses` are those of all stages. It
 * has the first of several `seeds` and no `sweep`: swept values are set before. Expects a valid experiment and does not change
 * it. Resolving twice changes nothing.
 * @param name used where the file gives none: the file's own name, without `.distill.json`
 */
export function resolve(experiment: Experiment, name = "experiment"): ResolvedExperiment {
  const { $schema, temperature, alpha, seeds, sweep, ...rest } = experiment;
  const named = { name, ...(seeds?.length ? { seed: seeds[0] } : {}), ...rest, losses: losses(experiment) };
  const filled = staged(
    fill(withoutShorthand, named) as Omit<ResolvedExperiment, "teacher"> & Pick<Experiment, "teacher">,
  );
  const { teacher } = filled;
  if (teacher === undefined) return filled as ResolvedExperiment;
  return { ...filled, teacher: withTraining(teacher, filled) } as ResolvedExperiment;
}

type Stageable = Pick<ResolvedExperiment, "losses" | "optimizer" | "schedule" | "training" | "stages">;

/** A stage's keys, else those of the experiment. */
function staged<T extends Stageable>(filled: T): T {
  const { stages } = filled;
  if (stages === undefined) return filled;
  const { losses, optimizer, schedule, training } = filled;
  const { steps, epochs } = training;
  const length = steps === undefined ? { epochs } : { steps };
  const whole = stages.map((stage: Stage | ResolvedStage) => {
    const hasLength = stage.training?.epochs !== undefined || stage.training?.steps !== undefined;
    return {
      losses,
      optimizer,
      schedule,
      ...stage,
      training: { ...(hasLength ? {} : length), ...stage.training },
    } as ResolvedStage;
  });
  const all = new Map(whole.flatMap((stage) => stage.losses).map((loss) => [JSON.stringify(loss), loss]));
  return { ...filled, losses: [...all.values()], stages: whole };
}

/** The losses of an experiment, from the list or the shorthand. */
export function losses({
  losses,
  temperature,
  alpha,
  task,
}: {
  readonly losses?: Loss[] | undefined;
  readonly temperature?: number | undefined;
  readonly alpha?: number | undefined;
  readonly task?: TaskName | undefined;
}): Loss[] {
  if (losses) return losses;
  const weight = alpha ?? (property("alpha").default as number);
  return [
    { type: "kd", temperature: temperature ?? (property("temperature").default as number), weight },
    // 1 − 0.7 is 0.30000000000000004.
    { type: taskOf(task).labelLoss, weight: Number((1 - weight).toPrecision(15)) } as Loss,
  ];
}

const property = (key: string): Schema => resolved(experimentSchema.properties?.[key] ?? {});

const shorthand: ReadonlySet<string> = new Set(["temperature", "alpha", "seeds", "sweep"]);

const withoutShorthand: Schema = {
  ...experimentSchema,
  properties: Object.fromEntries(
    Object.entries(experimentSchema.properties ?? {}).filter(([key]) => !shorthand.has(key)),
  ),
};

/** The keys of the teacher's training, else those of the student's: the schema's `as`. */
function withTraining(teacher: Teacher, filled: Pick<ResolvedExperiment, "data" | "seed">): Teacher {
  const { data, seed } = filled;
  if (teacher.type === "ensemble")
    return { ...teacher, teachers: teacher.teachers.map((member) => withTraining(member, filled)) };
  if (teacher.type !== "layers") return teacher;
  return { ...teacher, train: { batchSize: data.batchSize, seed, ...teacher.train } };
}

/** A copy of the value with every default filled in. */
function fill(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => fill(resolved(schema.items ?? {}), item));
  if (typeof value !== "object" || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const branch = schema.oneOf ? branches(schema).find(({ selector }) => selects(selector, given)) : undefined;
  if (branch) return fill(branch.schema, value);

  const filled: Record<string, unknown> = { ...given };
  for (const [key, unresolved] of Object.entries(schema.properties ?? {})) {
    const property = resolved(unresolved);
    const isReplaced = property.unless !== undefined && given[property.unless] !== undefined;
    const chosen = given[key] ?? (isReplaced ? undefined : property.default);
    if (chosen !== undefined) filled[key] = fill(chosenBranch(property, chosen), chosen);
  }
  return filled;
}

/** A list of numbers or a single number: only the branch for lists describes items. */
function chosenBranch(schema: Schema, value: unknown): Schema {
  if (!Array.isArray(value) || !schema.oneOf) return schema;
  return branches(schema).find(({ schema }) => schema.type === "array")?.schema ?? schema;
}

function selects(selector: Selector, value: Readonly<Record<string, unknown>>): boolean {
  switch (selector.by) {
    case "type":
      return selector.type === "object";
    case "module":
      return namesModule(value[selector.key], selector);
    case "key":
      return value[selector.key] !== undefined;
    case "tag":
      return selector.values.includes(value[selector.key] as string);
  }
}
