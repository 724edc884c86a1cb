import * as tf from "@tensorflow/tfjs-core";
import { Tensor } from "@tensorflow/tfjs-core";
import type { Ops } from "../nets/layers/layer.ts";
import { type CodePlace, ModuleError, moduleProblem } from "./moduleProblem.ts";
import { isCalledByModule, placeInStack } from "./sources.ts";

/*
 * A module's functions are run once, on tensors without values, and what they compute is written down: so nothing may depend on a
 * value, on chance, on time, or on what an earlier call left. These are the ways to do so that JavaScript and tfjs have.
 * They keep mistakes from being trained with; they keep nobody out.
 */

type Reason = "random" | "state" | "value" | "engine" | "time" | "later" | "machine" | "network";

const reasons: Readonly<Record<Reason, string>> = {
  random: "draws random numbers, which a step would draw once and then repeat for ever",
  state: "keeps state outside of the step",
  value: "reads a value, and there is none yet: a step is compiled before it has data",
  engine: "changes the engine that compiles the step",
  time: "depends on the time",
  later: "computes later, when the step is written down already",
  machine: "depends on where it runs, so that another run would compute something else",
  network: "depends on what another computer answers",
};

/** Of tfjs. */
const refusedOperations: readonly (readonly [Reason, RegExp])[] = [
  ["random", /^(rand|random.*|truncatedNormal|multinomial|dropout)$/],
  ["state", /^(variable|variableGrads|keep|dispose|disposeVariables|Variable|train|data)$/],
  ["value", /^(print|.*Async|browser|node|nextFrame|util|io)$/],
  [
    "engine",
    /^(engine|env|backend|setBackend|getBackend|removeBackend|findBackend.*|register.*|unregister.*|ready|setPlatform|memory|time|profile|copyRegisteredKernels|enable.*|disable.*|deprecationWarn)$/,
  ],
];

/** tfjs, as modules are given it. */
export const operations: Ops = new Proxy({} as Ops, {
  get(_, name) {
    if (typeof name !== "string") return undefined;
    const refused = refusedOperations.find(([, names]) => names.test(name));
    if (refused) throw impure(`\`tf.${name}\` ${reasons[refused[0]]}`);
    const found = (tf as unknown as Readonly<Record<string, unknown>>)[name];
    if (found === undefined) throw new TypeError(`TensorFlow.js has no operation \`${name}\``);
    return found;
  },
  set: () => {
    throw impure("the operations of `tf` cannot be changed");
  },
});

/** What is replaced while a module runs: where one of its own lines calls it, it is refused. */
interface Watched {
  readonly owner: object;
  readonly key: string;
  readonly name: string;
  readonly reason: string;
}

const watched: readonly Watched[] = [
  { owner: Math, key: "random", name: "Math.random", reason: reasons.random },
  { owner: crypto, key: "getRandomValues", name: "crypto.getRandomValues", reason: reasons.random },
  { owner: crypto, key: "randomUUID", name: "crypto.randomUUID", reason: reasons.random },
  { owner: Date, key: "now", name: "Date.now", reason: reasons.time },
  { owner: performance, key: "now", name: "performance.now", reason: reasons.time },
  ...["dataSync", "arraySync", "bufferSync", "data", "array", "buffer", "bytes", "print", "toString"].map(
    (key) => ({ owner: Tensor.prototype, key, name: `Tensor.${key}`, reason: reasons.value }),
  ),
];

/** Globals of which a module can use nothing: it may ask for their type. */
const refusedGlobals: readonly (readonly [Reason, readonly string[]])[] = [
  ["machine", ["process", "navigator", "localStorage", "sessionStorage"]],
  ["network", ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]],
  ["later", ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]],
];

/** Puts what a module is given in the place of globals, while it is watched; all others see them as they are. */
function watchGlobals(): void {
  for (const [reason, names] of refusedGlobals)
    for (const name of names) giveModules(name, (whole) => refusedWhole(name, whole, reasons[reason]));
  // `new Date(2024, 0)` is the same for ever.
  giveModules("Date", (whole) => {
    const now = () => {
      throw impure(`\`new Date()\` ${reasons.time}`);
    };
    return new Proxy(whole as DateConstructor, {
      apply: now,
      construct: (target, given) => (given.length === 0 ? now() : Reflect.construct(target, given)),
    });
  });
}

function giveModules(name: string, given: (whole: object) => object): void {
  const own = Object.getOwnPropertyDescriptor(globalThis, name);
  if (own === undefined || !own.configurable) return;
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: own.enumerable ?? false,
    get() {
      const whole = own.get ? own.get.call(globalThis) : own.value;
      return running > 0 && isCalledByModule(2) ? given(whole) : whole;
    },
    set(value) {
      if (running > 0 && isCalledByModule(2)) throw impure(`\`${name}\` cannot be changed`);
      if (own.set) own.set.call(globalThis, value);
      else own.value = value;
    },
  });
}

function refusedWhole(name: string, whole: object, reason: string): object {
  const refuse = () => {
    throw impure(`\`${name}\` ${reason}`);
  };
  return new Proxy(whole, {
    get: (_, key) => {
      throw impure(`\`${name}.${String(key)}\` ${reason}`);
    },
    has: refuse,
    set: refuse,
    apply: refuse,
    construct: refuse,
  });
}

let areGlobalsWatched = false;

/** How many runs are under way: an import may wait while another begins. */
let running = 0;
let restore: () => void = () => {};

/** Watches what a module does from now on, until the function that it gives is called. */
export function watchModules(): () => void {
  if (!areGlobalsWatched) watchGlobals();
  areGlobalsWatched = true;
  if (running++ === 0) restore = replaceWatched();
  return () => {
    if (--running === 0) restore();
  };
}

function replaceWatched(): () => void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60; // tfjs is deep.
  const before = watched.map(({ owner, key, name, reason }) => {
    const own = Object.getOwnPropertyDescriptor(owner, key);
    const original = (owner as Record<string, unknown>)[key] as (...given: unknown[]) => unknown;
    Object.defineProperty(owner, key, {
      configurable: true,
      writable: true,
      value(this: unknown, ...given: unknown[]): unknown {
        if (isCalledByModule(2)) throw impure(`\`${name}\` ${reason}`);
        return original.apply(this, given);
      },
    });
    return { owner, key, own };
  });
  return () => {
    Error.stackTraceLimit = limit;
    for (const { owner, key, own } of before)
      if (own) Object.defineProperty(owner, key, own);
      else delete (owner as Record<string, unknown>)[key];
  };
}

/**
 * What a function of a module gives.
 * @param home where the function stands, for what says no place itself
 * @throws a {@link ModuleError} that says where the module is at fault
 */
export function purely<T>(f: () => T, home: CodePlace): T {
  const end = watchModules();
  computing++;
  try {
    const result = f();
    if (lateImport !== undefined) throw lateImport;
    if (typeof (result as { then?: unknown } | undefined)?.then !== "function") return result;
    (result as Promise<unknown>).then(undefined, () => {});
    throw new ModuleError(
      moduleProblem(
        "module-impure",
        home,
        "the function is asynchronous: it gives a promise, and there is nothing to wait for.",
        "Remove `async` and `await`.",
      ),
    );
  } catch (error) {
    throw placed(error, home);
  } finally {
    computing--;
    lateImport = undefined;
    end();
  }
}

/** How many functions of modules compute, within each other. */
let computing = 0;

export const isComputing = (): boolean => computing > 0;

/** What a function has imported, which its caller would hear of too late. */
let lateImport: ModuleError | undefined;

export function noteLateImport(error: ModuleError): void {
  if (isComputing()) lateImport ??= error;
}

/** An error as one that says where in the module it came up. */
export function placed(error: unknown, home: CodePlace): ModuleError {
  if (error instanceof ModuleError) return error;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const place = placeInStack(stack) ?? home;
  const [, kernel] = /the kernel (\w+)/.exec(message) ?? [];
  if (kernel !== undefined)
    return new ModuleError(
      moduleProblem(
        "module-operation",
        place,
        `the engine has no ${kernel}.`,
        "Write it in other operations.",
      ),
    );
  if (/was read while tracing/.test(message))
    return new ModuleError(moduleProblem("module-impure", place, `this ${reasons.value}.`));
  return new ModuleError(moduleProblem("module-throws", place, `${message.replace(/\.$/, "")}.`));
}

function impure(what: string): ModuleError {
  const place = placeInStack(new Error().stack);
  const message = `${what}.`;
  return new ModuleError(
    place ? moduleProblem("module-impure", place, message) : { code: "module-impure", message },
  );
}
