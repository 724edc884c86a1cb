import * as core from "@tensorflow/tfjs-core";
import {
  type BackendValues,
  type DataId,
  engine,
  KernelBackend,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { Data, DType, TensorSpec } from "../program.ts";
import type { Attribute, Attributes, Node, Value } from "./graph.ts";
import { type AnyKernel, type Emit, inputValues, outputSpecs } from "./kernel.ts";
import { kernels } from "./kernels.ts";
import { freshValue } from "./values.ts";

export const traceBackendName = "trace";

/** Storage of one tensor. */
interface Storage {
  references: number;
  /** Made in JavaScript. */
  readonly values?: BackendValues;
  /** Recorded: a placeholder, a node's output, or a constant once it has been used. */
  value?: Value;
}

/** A kernel that no entry of the kernel table describes. */
export class UnsupportedKernel extends Error {
  readonly kernel: string;
  readonly scope: string | undefined;
  constructor(entry: string, kernel: string, scope: string | undefined) {
    super(`${entry}: the kernel ${kernel}${scope ? `, used in ${scope},` : ""} cannot be compiled`);
    this.kernel = kernel;
    this.scope = scope;
  }
}

/** A tfjs backend whose tensors have no data: kernels give shapes and are recorded. */
export class TraceBackend extends KernelBackend {
  readonly entry: string;
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, Data>();
  readonly #storage = new WeakMap<DataId, Storage>();
  readonly #scopes = new Map<Value, string>();
  #count = 0;

  constructor(entry: string) {
    super();
    this.entry = entry;
  }

  placeholder({ shape, dtype }: TensorSpec): { value: Value; info: TensorInfo } {
    const value = freshValue(shape, dtype);
    return { value, info: this.#tensorFor(value) };
  }

  /** The recorded value of a tensor. One made in JavaScript, or on another backend, becomes a constant here. */
  recorded(tensor: TensorInfo): Value {
    const storage = this.#storage.get(tensor.dataId);
    if (storage?.value) return storage.value;
    const dtype = supportedDType(tensor.dtype, this.entry);
    const value = freshValue(tensor.shape, dtype);
    this.constants.set(value, copyOf(engine().readSync(tensor.dataId), dtype));
    if (storage) storage.value = value;
    else this.#storage.set(tensor.dataId, { references: 1, value });
    return value;
  }

  record(name: string, inputs: object, attrs: object): TensorInfo | TensorInfo[] {
    const values = this.#inputs(inputs);
    const scope = this.#scope(inputValues(values));
    const outputs = this.#emit(name, values, plainAttributes(attrs), scope);
    const tensors = outputs.map((output) => this.#tensorFor(output));
    return isMulti(name) ? tensors : (tensors[0] as TensorInfo);
  }

  /** Appends the node, or the nodes that a composite kernel stands for. */
  #emit(
    name: string,
    inputs: Node["inputs"],
    given: Attributes,
    scope: string | undefined,
  ): readonly Value[] {
    const kernel = kernels[name] as AnyKernel;
    if ("expand" in kernel) {
      const emit: Emit = (part, partInputs, attrs = {}) => this.#emit(part, partInputs, attrs, scope);
      return [kernel.expand(emit, inputs, given)];
    }
    const attrs = kernel.canonical?.(inputs, given) ?? given;
    const outputs = outputSpecs(kernel, inputs, attrs).map(({ shape, dtype }) => freshValue(shape, dtype));
    this.nodes.push({ kernel: name, inputs, attrs, outputs, ...(scope ? { scope } : {}) });
    if (scope) for (const output of outputs) this.#scopes.set(output, scope);
    return outputs;
  }

  unsupported(kernel: string, inputs: object): never {
    const values = Object.values(inputs).flat() as (TensorInfo | undefined)[];
    const known = values.flatMap((tensor) => (tensor && this.#storage.get(tensor.dataId)?.value) ?? []);
    throw new UnsupportedKernel(this.entry, kernel, this.#scope(known));
  }

  #inputs(inputs: object): Node["inputs"] {
    if (Array.isArray(inputs)) return { tensors: inputs.map((tensor: TensorInfo) => this.recorded(tensor)) };
    const values: Record<string, Value> = {};
    for (const [name, tensor] of Object.entries(inputs)) if (tensor) values[name] = this.recorded(tensor);
    return values;
  }

  #tensorFor(value: Value): TensorInfo {
    const dataId = { id: value.id };
    this.#store(dataId, { references: 1, value });
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  #store(dataId: DataId, storage: Storage): void {
    this.#storage.set(dataId, storage);
    this.#count++;
  }

  /**
   * The names given to `tidy` around the running kernel, outermost first. tfjs runs all gradients in a tidy named
   * "backward", outside the layers': there the layer is that of the forward value the gradient uses.
   */
  #scope(inputs: readonly Value[]): string | undefined {
    const names = scopeNames();
    if (!names.includes("backward")) return named(names).join("/") || undefined;
    const scopes = inputs.flatMap((input) => this.#scopes.get(input) ?? []);
    const forward = scopes.find((scope) => !scope.endsWith(gradientMark));
    return forward ? forward + gradientMark : scopes[0];
  }

  override write(values: BackendValues, _shape: number[], dtype: core.DataType): DataId {
    const random = scopeNames().find((name) => /^(random|truncatedNormal|multinomial)/.test(name));
    if (random)
      throw new Error(
        `${this.entry}: random numbers were drawn while tracing (${describeScope()}); feed them as an input instead`,
      );
    supportedDType(dtype, this.entry);
    const dataId = {};
    this.#store(dataId, { references: 1, values });
    return dataId;
  }

  override readSync(dataId: DataId): BackendValues {
    const storage = this.#storage.get(dataId);
    if (storage?.values) return storage.values;
    const { value } = storage ?? {};
    const producer = value && this.nodes.find((node) => node.outputs.includes(value));
    const what = producer ? `the result of ${producer.kernel}` : "an input or state tensor";
    const shape = value ? ` (${value.dtype} [${value.shape}])` : "";
    throw new Error(
      `${this.entry}: ${what}${shape} was read while tracing (${describeScope()}); it has no data yet`,
    );
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override move(
    dataId: DataId,
    values: BackendValues,
    _shape: number[],
    _dtype: core.DataType,
    references: number,
  ): void {
    this.#store(dataId, { references, values });
  }

  override refCount(dataId: DataId): number {
    return this.#storage.get(dataId)?.references ?? 0;
  }

  override incRef(dataId: DataId): void {
    const storage = this.#storage.get(dataId);
    if (storage) storage.references++;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const storage = this.#storage.get(dataId);
    if (!storage) return true;
    storage.references--;
    if (storage.references > 0 && !force) return false;
    this.#storage.delete(dataId);
    this.#count--;
    return true;
  }

  override numDataIds(): number {
    return this.#count;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override timerAvailable(): boolean {
    return false;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override dispose(): void {}
}

let registered = false;

/** Routes every kernel call of the trace backend to {@link TraceBackend.record}; once per process. */
export function registerTraceKernels(): void {
  if (registered) return;
  registered = true;
  for (const name of Object.keys(kernels))
    register(name, ({ inputs, attrs, backend }) =>
      (backend as TraceBackend).record(name, inputs, attrs ?? {}),
    );
  for (const name of tfjsKernelNames())
    if (!(name in kernels))
      register(name, ({ inputs, backend }) => (backend as TraceBackend).unsupported(name, inputs));
}

function register(
  kernelName: string,
  run: (call: { inputs: object; attrs: object; backend: unknown }) => unknown,
): void {
  registerKernel({
    kernelName,
    backendName: traceBackendName,
    kernelFunc: run as KernelConfig["kernelFunc"],
  });
}

function isMulti(name: string): boolean {
  return "outputs" in (kernels[name] as AnyKernel);
}

/** tfjs exports each kernel's name as a constant. */
function tfjsKernelNames(): string[] {
  const { version_core: _, ...exports } = core as unknown as Record<string, unknown>;
  return Object.values(exports).filter((value) => typeof value === "string");
}

const gradientMark = " (gradient)";

function scopeNames(): string[] {
  return engine().state.scopeStack.map(({ name }) => name);
}

/** Leaves tfjs's own scopes out: ops ("conv2d__op"), unnamed tidies and the forward pass of a gradient. */
function named(names: readonly string[]): string[] {
  return names.filter((name) => !/^(unnamed scope|forward|backward)$|__op$/.test(name));
}

function describeScope(): string {
  const names = scopeNames();
  const op = names.findLast((name) => name.endsWith("__op"))?.replace(/__op$/, "");
  return [...named(names), ...(op ? [`tf.${op}`] : [])].join("/") || "outside any op";
}

function supportedDType(dtype: string, entry: string): DType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new Error(`${entry}: tensors of dtype ${dtype} cannot be compiled (${describeScope()})`);
}

function copyOf(values: BackendValues, dtype: DType): Data {
  const numbers = values as ArrayLike<number>;
  if (dtype === "float32") return Float32Array.from(numbers);
  return dtype === "int32" ? Int32Array.from(numbers) : Uint8Array.from(numbers);
}

function plainAttributes(attrs: object): Attributes {
  const plain: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(attrs)) {
    if (value === undefined || value === null) continue;
    plain[name] = ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : (value as Attribute);
  }
  return plain;
}
