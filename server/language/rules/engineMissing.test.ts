import { check } from "../../../test/support/checkRule.ts";
import { engineMissing } from "./engineMissing.ts";

const nothing = { engines: { tensorflow: [] } } as const;
const cardAlone = { engines: { tensorflow: [], card: "NVIDIA L4" } } as const;
const cpuAndCard = { engines: { tensorflow: ["cpu"], card: "NVIDIA L4" } } as const;

const cpu = { title: "Install the TensorFlow engine", command: "distill.installEngine", arguments: ["cpu"] };
const gpu = { ...cpu, title: "Install the TensorFlow engine for NVIDIA cards", arguments: ["gpu"] };

check(engineMissing, `{ "engine": ▸"tensorflow"◂ }`, {
  ...nothing,
  severity: "warning",
  message: /TensorFlow is not installed on this machine/,
  fixedBy: cpu,
});
check(engineMissing, `{ "engine": ▸"tensorflow"◂ }`, { ...cardAlone, fixedBy: gpu });
check(engineMissing, `{ "engine": ▸"tensorflow"◂, "device": "cpu" }`, { ...cardAlone, fixedBy: cpu });
check(engineMissing, `{ "engine": ▸"tensorflow"◂, "device": "gpu" }`, { ...nothing, fixedBy: gpu });
check(engineMissing, `{ "engine": "tensorflow", "device": ▸"gpu:0"◂ }`, {
  ...cpuAndCard,
  message: /The engine for NVIDIA L4 is not installed/,
  fixedBy: gpu,
});
check(engineMissing, `{ "device": ▸"gpu"◂ }`, { ...cardAlone, fixedBy: gpu });
check(engineMissing, `{ "engine": ▸"auto"◂ }`, {
  ...cardAlone,
  message: /NVIDIA L4, and no engine for it: a run would train on the CPU/,
  fixedBy: gpu,
});
check(engineMissing, `{ "engine": ▸"tensorflow"◂ }`, { ...cpuAndCard, fixedBy: gpu });

check(engineMissing, `{ "teacher": { "type": "savedModel", "path": ▸"saved"◂ } }`, {
  ...nothing,
  message: /a SavedModel: a run would not start here/,
  fixedBy: cpu,
});
check(engineMissing, `{ "teacher": { "type": "savedModel", "path": "saved" } }`, {
  engines: { tensorflow: ["cpu"] },
});

// What is there, what is not asked for and what is not known need no word.
check(engineMissing, `{ "engine": "tensorflow" }`, { engines: { tensorflow: ["cpu"] } });
check(engineMissing, `{ "engine": "auto" }`, nothing);
check(engineMissing, `{ "engine": "auto" }`, { engines: { tensorflow: ["gpu"], card: "NVIDIA L4" } });
check(engineMissing, `{ "engine": "auto", "device": "cpu" }`, cardAlone);
check(engineMissing, `{ "engine": "auto", "device": "webgpu" }`, cardAlone);
check(engineMissing, `{ "engine": "onnxruntime" }`, cardAlone);
check(engineMissing, `{ "seed": 1 }`, cardAlone);
check(engineMissing, `{ "engine": 3 }`, nothing);
check(engineMissing, `{ "engine": "tensorflow" }`);

check(engineMissing, `{ "training": { "precision": ▸"bfloat16"◂ } }`, {
  engines: { tensorflow: [] },
  message: /no other engine multiplies in bfloat16: a run would not start here/,
  severity: "warning",
  fixedBy: cpu,
});
check(engineMissing, `{ "training": { "precision": "bfloat16" } }`, { engines: { tensorflow: ["cpu"] } });
check(engineMissing, `{ "training": { "precision": "bfloat16" }, "engine": ▸"tensorflow"◂ }`, {
  engines: { tensorflow: [] },
  fixedBy: cpu,
});
check(engineMissing, `{ "training": { "precision": "bfloat16" }, "engine": "onnxruntime" }`, nothing);
check(engineMissing, `{ "training": { "precision": ▸"bfloat16"◂ } }`, { ...cardAlone, fixedBy: gpu });
check(engineMissing, `{ "training": { "precision": ▸"bfloat16"◂ }, "device": "cpu" }`, {
  ...cardAlone,
  fixedBy: cpu,
  fixes: [cpu.title, 'Change to "float32"'],
});
check(engineMissing, `{ "engine": 3 }`, cardAlone);
