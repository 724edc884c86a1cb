import { check } from "../../../test/support/checkRule.ts";
import { engineDevice } from "./engineDevice.ts";

check(engineDevice, `{ "engine": "tensorflow", "device": ▸"webgpu"◂ }`, {
  message: /not on WebGPU/,
  severity: "warning",
  fixed: `"engine": "onnxruntime"`,
});
check(engineDevice, `{ "engine": "onnxruntime", "device": ▸"gpu:1"◂ }`, {
  severity: "warning",
  fixed: `"engine": "tensorflow"`,
});
check(engineDevice, `{ "engine": "onnxruntime", "device": ▸"gpu"◂ }`, { severity: "warning" });
check(engineDevice, `{ "engine": "onnxruntime", "device": "webgpu" }`);
check(engineDevice, `{ "engine": "auto", "device": "webgpu" }`);
check(engineDevice, `{ "device": "webgpu" }`);
check(engineDevice, `{ "engine": "tensorflow", "device": "gpu:0" }`);
check(engineDevice, `{ "engine": "onnxruntime", "device": "cpu" }`);
check(engineDevice, `{ "engine": "tensorflow" }`);
check(engineDevice, `{ "engine": "tensorflow", "device": ▸"webgpu"◂ }`, {
  fixes: ["Change the engine to onnxruntime", 'Change the device to "auto"'],
});
