import type { EngineFacts } from "../../language/facts.ts";
import type { TrainingPlace } from "../../protocol.ts";

/** Engine and device of an experiment; unvalidated text may have any value there. */
export interface EngineSettings {
  readonly engine?: unknown;
  readonly device?: unknown;
  readonly training?: unknown;
}

/**
 * Engines and devices that a run could use on this machine, with the obstacles that show without trying. The run's own is
 * first, then available ones, then others.
 */
export function trainingPlaces(facts: EngineFacts, experiment: EngineSettings): TrainingPlace[] {
  const { engine = "auto", device = "auto" } = experiment;
  const all: Omit<TrainingPlace, "isCurrent">[] = [
    { engine: "auto", device: "auto" },
    { engine: "onnxruntime", device: "cpu", ...builtIn(experiment) },
    { engine: "tensorflow", device: "gpu", ...onCard(facts), ...(facts.card && { card: facts.card }) },
    { engine: "tensorflow", device: "cpu", ...onCpu(facts) },
    { engine: "onnxruntime", device: "webgpu", ...builtIn(experiment) },
  ];
  const rank = ({ isCurrent, obstacle }: TrainingPlace) => (isCurrent ? 0 : obstacle ? 2 : 1);
  return all
    .map((place) => ({ ...place, isCurrent: place.engine === engine && place.device === device }))
    .sort((a, b) => rank(a) - rank(b));
}

type Obstacle = Pick<TrainingPlace, "obstacle" | "installable">;

function builtIn({ training }: EngineSettings): Obstacle {
  const isBfloat16 =
    typeof training === "object" &&
    training !== null &&
    "precision" in training &&
    training.precision === "bfloat16";
  return isBfloat16
    ? { obstacle: "onnxruntime does not multiply in bfloat16, which training.precision asks for." }
    : {};
}

const onCpu = ({ tensorflow }: EngineFacts): Obstacle =>
  tensorflow.length > 0 ? {} : { obstacle: "TensorFlow is not installed.", installable: "cpu" };

function onCard({ tensorflow, card }: EngineFacts): Obstacle {
  if (card === undefined) return { obstacle: "No NVIDIA card was found on this machine." };
  return tensorflow.includes("gpu")
    ? {}
    : { obstacle: "TensorFlow for NVIDIA cards is not installed.", installable: "gpu" };
}
