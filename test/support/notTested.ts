/**
 * A test whose engine, or other program, is missing fails and explains how to install it. DISTILL_WITHOUT=tensorflow,webgpu,mlflow
 * names those that a machine cannot have: their tests then print that they tested nothing.
 */
export function notTested(engine: "tensorflow" | "webgpu" | "mlflow", missing: string): undefined {
  const without = (process.env["DISTILL_WITHOUT"] ?? "").split(",");
  if (!without.includes(engine))
    throw new Error(`${missing} DISTILL_WITHOUT=${engine} leaves its tests out.`);
  console.error(`NOT TESTED: ${engine}. ${missing}`);
  return undefined;
}
