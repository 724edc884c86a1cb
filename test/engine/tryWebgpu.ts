import { findAdapter } from "../../server/engine/native/webgpu/adapter.ts";

// Says what WebGPU would compute with here; exit 1 where there is nothing.
try {
  const { name = "an adapter without a name", software } = await findAdapter();
  console.log(`WebGPU works on ${name}${software ? ", in software" : ""}.`);
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
}
