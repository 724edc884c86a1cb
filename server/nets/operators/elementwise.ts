import type { Tensor } from "@tensorflow/tfjs-core";
import type { Ops } from "../layers/layer.ts";
import { aligned } from "./align.ts";
import {
  broadcast,
  broadcastIndex,
  type Call,
  castTo,
  dtypeOf,
  type ElementType,
  everyIndex,
  type Forward,
  listAt,
  numberOf,
  type Operand,
  type Operator,
  shapeOf,
  textOf,
  valuesOf,
} from "./operator.ts";

/** One number for one, whatever the order of the axes. */
const unary = (
  compute: (tf: Ops, x: Tensor, call: Forward) => Tensor,
  {
    fold,
    dtype,
    roles,
  }: { fold?: (x: number) => number; dtype?: ElementType; roles?: Operator["roles"] } = {},
): Operator => ({
  shape: (call) => ({ shape: shapeOf(call, 0), dtype: dtype ?? dtypeOf(call) }),
  ...(fold === undefined ? {} : { fold: (call) => (valuesOf(call, 0) ?? []).map(fold) }),
  forward: (call) => {
    const { tensor, order } = call.view(0);
    return { tensor: compute(call.tf, tensor, call), order };
  },
  ...(roles === undefined ? {} : { roles }),
});

/** Two or more numbers for one, with NumPy's broadcasting. */
const broadcasting = (
  compute: (tf: Ops, inputs: readonly Tensor[], call: Forward) => Tensor,
  {
    fold,
    dtype,
    roles,
  }: {
    fold?: (inputs: readonly number[], dtype: ElementType) => number;
    dtype?: ElementType | ((call: Call) => ElementType);
    roles?: Operator["roles"];
  } = {},
): Operator => ({
  shape: (call) => ({
    shape: broadcast(call.inputs.map((_, i) => shapeOf(call, i))),
    dtype: (typeof dtype === "function" ? dtype(call) : dtype) ?? dtypeOf(call),
  }),
  ...(fold === undefined
    ? {}
    : {
        fold: ({ inputs }: Call, { shape, dtype }: Operand) => {
          const values: number[] = [];
          everyIndex(shape, (_, at) => {
            const own = inputs.map((input) => Number(input?.values?.[broadcastIndex(input.shape, at)]));
            values.push(fold(own, dtype));
          });
          return values;
        },
      }),
  forward: (call) => {
    const { tensors, order } = aligned(call);
    return { tensor: compute(call.tf, tensors, call), order };
  },
  ...(roles === undefined ? {} : { roles }),
});

type Pairwise = (tf: Ops, a: Tensor, b: Tensor) => Tensor;

const pairwise = (compute: Pairwise, options: Parameters<typeof broadcasting>[1]): Operator =>
  broadcasting((tf, [a, b]) => compute(tf, a as Tensor, b as Tensor), options);

const arithmetic = (
  compute: Pairwise,
  fold: (a: number, b: number) => number,
  roles: Operator["roles"] = [],
) =>
  pairwise(compute, {
    fold: ([a, b], dtype) => {
      const value = fold(a as number, b as number);
      return dtype === "int32" ? Math.trunc(value) : value;
    },
    roles,
  });

const comparison = (compute: Pairwise, fold: (a: number, b: number) => boolean): Operator =>
  pairwise(compute, { fold: ([a, b]) => Number(fold(a as number, b as number)), dtype: "bool" });

const folded = (compute: Pairwise, fold: (...values: number[]) => number): Operator =>
  broadcasting((tf, tensors) => tensors.reduce((total, next) => compute(tf, total, next)), {
    fold: (values) => fold(...values),
  });

/** 0.5 x (1 + erf(x / √2)), Hendrycks and Gimpel 2016, or its approximation with tanh. */
const gelu = unary((tf, x, call) =>
  textOf(call, "approximate", "none") === "tanh"
    ? tf.mul(
        tf.mul(x, 0.5),
        tf.add(
          tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))),
          1,
        ),
      )
    : tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
);

const hardSigmoid = (tf: Ops, x: Tensor, alpha: number, beta: number): Tensor =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);

/** Bounds are attributes up to version 10, then inputs. ReLU6 has a kernel of its own. */
const boundsOf = (call: Call): readonly [low: number, high: number] => [
  valuesOf(call, 1)?.[0] ?? numberOf(call, "min", Number.NEGATIVE_INFINITY),
  valuesOf(call, 2)?.[0] ?? numberOf(call, "max", Number.POSITIVE_INFINITY),
];

const clip: Operator = {
  ...unary(
    (tf, x, call) => {
      const [low, high] = boundsOf(call);
      if (low === 0 && high === 6) return tf.relu6(x);
      if (low === 0 && high === Number.POSITIVE_INFINITY) return tf.relu(x);
      return tf.clipByValue(x, Math.max(low, -3.4e38), Math.min(high, 3.4e38));
    },
    { roles: [undefined, "constant", "constant"] },
  ),
  fold: (call) => {
    const [low, high] = boundsOf(call);
    return (valuesOf(call, 0) ?? []).map((value) => Math.min(Math.max(value, low), high));
  },
};

const cast: Operator = {
  shape: (call) => ({ shape: shapeOf(call, 0), dtype: castTo(numberOf(call, "to", 1)) }),
  fold: (call, { dtype }) =>
    (valuesOf(call, 0) ?? []).map((value) =>
      dtype === "bool" ? Number(value !== 0) : dtype === "int32" ? Math.trunc(value) : value,
    ),
  forward: (call) => {
    const { tensor, order } = call.view(0);
    const { dtype } = call.outputs[0] as Operand;
    return { tensor: tensor.dtype === dtype ? tensor : call.tf.cast(tensor, dtype), order };
  },
};

const identity: Operator = unary((_, x) => x, { fold: (x) => x });

const pow: Operator = pairwise((tf, a, b) => tf.pow(a, b), {
  fold: ([a, b]) => (a as number) ** (b as number),
  roles: [undefined, "constant"],
});

/** A whole exponent that is known becomes products, whose gradients are exact for negative bases, too. */
const power: Operator = {
  ...pow,
  forward: (call) => {
    const exponents = valuesOf(call, 1);
    const { tensor, order } = call.view(0);
    if (exponents?.length !== 1) return pow.forward(call);
    const [exponent] = exponents;
    if (exponent === 2) return { tensor: call.tf.square(tensor), order };
    if (exponent === 3) return { tensor: call.tf.mul(call.tf.square(tensor), tensor), order };
    if (exponent === 0.5) return { tensor: call.tf.sqrt(tensor), order };
    return { tensor: call.tf.pow(tensor, call.tf.scalar(exponent as number)), order };
  },
};

const where: Operator = broadcasting(
  (tf, inputs) => {
    // tfjs's own gradient of `where` does not sum over what was broadcast.
    const target = broadcast(inputs.map(({ shape }) => shape));
    const [condition, a, b] = inputs.map((x) =>
      x.shape.join() === target.join() ? x : tf.broadcastTo(x, target),
    );
    return tf.where(condition as Tensor, a as Tensor, b as Tensor);
  },
  {
    fold: ([c, a, b]) => ((c as number) !== 0 ? (a as number) : (b as number)),
    dtype: ({ inputs }) => inputs[1]?.dtype ?? "float32",
    roles: [undefined, "constant", "constant"],
  },
);

const prelu: Operator = pairwise((tf, x, slope) => tf.add(tf.relu(x), tf.mul(slope, tf.minimum(x, 0))), {
  roles: [undefined, "norm"],
});

/** The one number that an attribute or an input gives. */
const alpha = (call: Forward, otherwise: number) => numberOf(call, "alpha", otherwise);

export const elementwise = {
  Identity: identity,
  Cast: cast,
  Abs: unary((tf, x) => tf.abs(x), { fold: Math.abs }),
  Neg: unary((tf, x) => tf.neg(x), { fold: (x) => -x }),
  Exp: unary((tf, x) => tf.exp(x), { fold: Math.exp }),
  Log: unary((tf, x) => tf.log(x), { fold: Math.log }),
  Sqrt: unary((tf, x) => tf.sqrt(x), { fold: Math.sqrt }),
  Reciprocal: unary((tf, x) => tf.reciprocal(x), { fold: (x) => 1 / x }),
  Floor: unary((tf, x) => tf.floor(x), { fold: Math.floor }),
  Ceil: unary((tf, x) => tf.ceil(x), { fold: Math.ceil }),
  Sin: unary((tf, x) => tf.sin(x), { fold: Math.sin }),
  Cos: unary((tf, x) => tf.cos(x), { fold: Math.cos }),
  Erf: unary((tf, x) => tf.erf(x)),
  Tanh: unary((tf, x) => tf.tanh(x)),
  Sigmoid: unary((tf, x) => tf.sigmoid(x)),
  Relu: unary((tf, x) => tf.relu(x), { fold: (x) => Math.max(x, 0) }),
  LeakyRelu: unary((tf, x, call) => tf.leakyRelu(x, alpha(call, 0.01))),
  Elu: unary((tf, x, call) =>
    alpha(call, 1) === 1 ? tf.elu(x) : tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha(call, 1))),
  ),
  Selu: unary((tf, x) => tf.selu(x)),
  Softplus: unary((tf, x) => tf.softplus(x)),
  Softsign: unary((tf, x) => tf.div(x, tf.add(tf.abs(x), 1))),
  HardSigmoid: unary((tf, x, call) => hardSigmoid(tf, x, alpha(call, 0.2), numberOf(call, "beta", 0.5))),
  HardSwish: unary((tf, x) => tf.mul(x, hardSigmoid(tf, x, 1 / 6, 0.5))),
  Swish: unary((tf, x, call) => tf.mul(x, tf.sigmoid(alpha(call, 1) === 1 ? x : tf.mul(x, alpha(call, 1))))),
  Mish: unary((tf, x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  Gelu: gelu,
  Clip: clip,
  PRelu: prelu,
  Not: unary((tf, x) => tf.logicalNot(x), { fold: (x) => Number(x === 0), dtype: "bool" }),
  IsNaN: unary((tf, x) => tf.isNaN(x), { fold: (x) => Number(Number.isNaN(x)), dtype: "bool" }),
  Add: arithmetic(
    (tf, a, b) => tf.add(a, b),
    (a, b) => a + b,
    ["bias", "bias"],
  ),
  Sub: arithmetic(
    (tf, a, b) => tf.sub(a, b),
    (a, b) => a - b,
    ["bias", "bias"],
  ),
  Mul: arithmetic(
    (tf, a, b) => tf.mul(a, b),
    (a, b) => a * b,
    ["norm", "norm"],
  ),
  Div: arithmetic(
    (tf, a, b) => tf.div(a, b),
    (a, b) => a / b,
    ["norm", "norm"],
  ),
  Mod: arithmetic(
    (tf, a, b) => tf.mod(a, b),
    (a, b) => a - b * Math.floor(a / b),
  ),
  Pow: power,
  Min: folded((tf, a, b) => tf.minimum(a, b), Math.min),
  Max: folded((tf, a, b) => tf.maximum(a, b), Math.max),
  Sum: folded(
    (tf, a, b) => tf.add(a, b),
    (...values) => values.reduce((sum, value) => sum + value, 0),
  ),
  Equal: comparison(
    (tf, a, b) => tf.equal(a, b),
    (a, b) => a === b,
  ),
  Greater: comparison(
    (tf, a, b) => tf.greater(a, b),
    (a, b) => a > b,
  ),
  GreaterOrEqual: comparison(
    (tf, a, b) => tf.greaterEqual(a, b),
    (a, b) => a >= b,
  ),
  Less: comparison(
    (tf, a, b) => tf.less(a, b),
    (a, b) => a < b,
  ),
  LessOrEqual: comparison(
    (tf, a, b) => tf.lessEqual(a, b),
    (a, b) => a <= b,
  ),
  And: comparison(
    (tf, a, b) => tf.logicalAnd(a, b),
    (a, b) => a !== 0 && b !== 0,
  ),
  Or: comparison(
    (tf, a, b) => tf.logicalOr(a, b),
    (a, b) => a !== 0 || b !== 0,
  ),
  Where: where,
  /** With the numbers of the step, keyed as all randomness; what is kept is scaled up, so that inference changes nothing. */
  Dropout: {
    shape: (call) => [
      { shape: shapeOf(call, 0), dtype: dtypeOf(call) },
      { shape: shapeOf(call, 0), dtype: "bool" },
    ],
    forward: (call) => {
      const { tf, training, random } = call;
      const { tensor, order } = call.view(0);
      const ratio = listAt(call, 1, "ratio")?.[0] ?? numberOf(call, "ratio", 0.5);
      if (!training || random === undefined || ratio === 0) return { tensor, order };
      const keep = 1 - ratio;
      const kept = tf.cast(tf.greaterEqual(tf.reshape(random, tensor.shape), ratio), "float32");
      return { tensor: tf.mul(tf.mul(tensor, kept), 1 / keep), order };
    },
    roles: [undefined, "constant", "constant"],
    draws: true,
  } satisfies Operator as Operator,
} as const satisfies Readonly<Record<string, Operator>>;
