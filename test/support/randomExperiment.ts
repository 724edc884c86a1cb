import { readFileSync } from "node:fs";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import type { LayerSpec } from "../../server/nets/shapes.ts";
import { sizeOf } from "../../server/sizeOf.ts";

/** Random experiments that the schema accepts: keys, values and layers are drawn, small, and mostly reasonable. */

interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

const { definitions } = JSON.parse(
  readFileSync(new URL("../../schemas/experiment.schema.json", import.meta.url), "utf8"),
) as { definitions: Readonly<Record<string, Schema>> };

export interface RandomExperiment {
  readonly experiment: Experiment;
  /** The files train.csv and test.csv that it names. */
  readonly files: Readonly<Record<string, string>>;
}

type Json = Record<string, unknown>;

export function randomExperiment(seed: number): RandomExperiment {
  const draw = drawing(seed);
  const { int, pick, chance } = draw;
  const classes = int(2, 4);
  const shape = pick([[6], [4, 3], [4, 4, 1], [6, 6, 2], [8, 8, 1]] as const);
  const size = shape.reduce<number>((product, extent) => product * extent, 1);
  const source = (path: string) => ({
    type: "csv",
    path,
    label: "label",
    ...(shape.length > 1 ? { shape } : {}),
  });
  const net = () => (chance(0.8) ? { layers: layersFor(draw, shape, classes) } : draw.object(preset(draw)));
  const some = <T>(share: number, key: string, make: () => T): Json =>
    chance(share) ? { [key]: make() } : {};

  const [student, teacher] = [net(), net()];
  const losses = Array.from({ length: int(1, 3) }, (_, i) => ({
    ...(draw.value(pick(lossesOfClasses)) as Json),
    ...layerPair(draw, student, teacher),
    name: `loss${i}`,
  }));
  const training = draw.object(definitions["Training"] as Schema);
  const images = shape.length === 3;
  // Colours and tokens are not what these tables hold.
  const types = ["Noise", "Mixup", ...(images ? ["Shift", "Flip", "Crop", "Cutout", "CutMix"] : [])];
  const augmentation = () => draw.value(definitions[`${pick(types)}Augmentation`] as Schema);
  const experiment = {
    data: {
      train: source("train.csv"),
      test: source("test.csv"),
      batchSize: pick([1, 7, 16, 64]),
      ...some(0.5, "validation", () => ({ split: pick([0.1, 0.3]) })),
      ...some(0.3, "normalize", () => "fit"),
      ...some(0.3, "augment", () => [augmentation()]),
      ...some(0.3, "dropRemainder", () => chance(0.5)),
    },
    teacher: { ...teacher, type: "layers", train: { steps: int(1, 3) } },
    student,
    losses: losses.map(onlyItsOwn),
    ...some(0.8, "optimizer", () => draw.value(definitions["Optimizer"] as Schema)),
    ...some(0.5, "schedule", () => draw.value(definitions["Schedule"] as Schema)),
    training: {
      ...without(training, ["epochs", "precision", "earlyStopping", "reportEvery"]),
      steps: int(1, 8),
    },
    ...some(0.2, "baselines", () => ({ studentAlone: true })),
    seed: int(0, 9),
  };
  const rows = pick([17, 64]);
  return {
    experiment: experiment as unknown as Experiment,
    files: { "train.csv": table(rows, size, classes), "test.csv": table(11, size, classes) },
  };
}

const preset = ({ pick }: Drawing): Schema =>
  definitions[pick(["MlpStudent", "LenetStudent", "VitStudent"])] as Schema;

/** The built-in losses that a classification can have. */
const lossesOfClasses = builtIn("Loss").filter(
  ({ properties }) =>
    !["bce", "mse", "huber", "teacherBounded"].includes(String(properties?.["type"]?.const)),
);

/** The entries of a kind but a module of one's own, whose type is a path. */
function builtIn(kind: string): Schema[] {
  const entries = (definitions[kind]?.oneOf ?? []).map(named);
  return entries.filter(({ properties }) => properties?.["type"]?.const !== undefined);
}

/** Layers that can follow each other, drawn one by one: layers that do not fit are drawn again. */
function layersFor(
  { int, pick, chance, value }: Drawing,
  shape: readonly number[],
  classes: number,
): LayerSpec[] {
  const kinds = builtIn("Layer");
  const layers: LayerSpec[] = [];
  const count = int(0, 5);
  for (let tries = 0; layers.length < count && tries < 60; tries++) {
    const drawn = value(pick(kinds)) as LayerSpec;
    const named = { ...drawn, name: `layer${layers.length}` };
    const before = layers.flatMap(({ name }) => name ?? []);
    const merges = /^(add|average|multiply|maximum|minimum|concatenate|dot)$/.test(drawn.type);
    if (merges && before.length === 0) continue;
    const layer = merges ? { ...named, inputs: [pick(before), pick(before)] } : named;
    const net = buildNet([...layers, layer], shape);
    if (!("problems" in net) && sizeOf(net.outputShape) < 1000) layers.push(layer);
  }
  return [
    ...layers,
    ...(chance(0.97) ? [{ type: "flatten" }] : []),
    { type: "dense", units: chance(0.97) ? classes : classes + 1 },
  ];
}

function layerPair({ pick }: Drawing, student: Json, teacher: Json): Json {
  const [own = [], teachers = []] = [student, teacher].map((net) =>
    ((net["layers"] ?? []) as readonly LayerSpec[]).flatMap(({ name }) => name ?? []),
  );
  return own.length > 0 && teachers.length > 0 ? { student: pick(own), teacher: pick(teachers) } : {};
}

/** A loss on logits names no layers. */
function onlyItsOwn(loss: Json): Json {
  const kind = definitions["Loss"]?.oneOf
    ?.map(named)
    .find(({ properties }) => properties?.["type"]?.const === loss["type"]);
  return without(
    loss,
    Object.keys(loss).filter((key) => !(key in (kind?.properties ?? {}))),
  );
}

const without = (object: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

function named(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : (definitions[schema.$ref.split("/").at(-1) ?? ""] as Schema);
}

type Drawing = ReturnType<typeof drawing>;

function drawing(seed: number) {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  /** Mulberry32. */
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(list: readonly T[]): T => list[int(0, list.length - 1)] as T;
  const chance = (share: number) => random() < share;

  function value(given: Schema): unknown {
    const schema = named(given);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return pick(schema.enum);
    if (schema.oneOf) return value(pick(schema.oneOf));
    const { minimum, maximum = 1e9, exclusiveMinimum, exclusiveMaximum, minItems = 0, maxItems = 3 } = schema;
    switch (schema.type) {
      case "boolean":
        return chance(0.5);
      case "integer": {
        const from = Math.max(minimum ?? (exclusiveMinimum ?? -2) + 1, -2);
        return int(from, Math.min(maximum, from + 4));
      }
      case "number": {
        const from = minimum ?? exclusiveMinimum ?? -1;
        const to = Math.min(maximum, exclusiveMaximum ?? from + 2);
        return Number((from + (to - from) * (0.01 + 0.98 * random())).toPrecision(3));
      }
      case "array": {
        const { items = {} } = schema;
        return Array.from({ length: int(minItems, Math.max(minItems, Math.min(maxItems, 2))) }, () =>
          value(items),
        );
      }
      case "object":
        return object(schema);
      default:
        return "x";
    }
  }
  function object(schema: Schema): Json {
    const { properties = {}, required = [] } = named(schema);
    return Object.fromEntries(
      Object.entries(properties).flatMap(([key, of]) => {
        const isNamed = ["name", "inputs"].includes(key);
        return !isNamed && (required.includes(key) || chance(0.3)) ? [[key, value(of)]] : [];
      }),
    );
  }
  return { int, pick, chance, value, object };
}

/** Rows `f0,…,label`, with some of every label. */
function table(rows: number, features: number, classes: number): string {
  const header = [...Array.from({ length: features }, (_, i) => `f${i}`), "label"];
  const lines = Array.from({ length: rows }, (_, row) => [
    ...Array.from({ length: features }, (_, i) =>
      // No two samples are equal: a loss on distances would amplify rounding errors for those.
      (Math.sin(12.9898 * (row * features + i + 1)) + Number(row % classes === i % classes)).toFixed(4),
    ),
    `c${row % classes}`,
  ]);
  return `${[header, ...lines].map((line) => line.join(",")).join("\n")}\n`;
}
