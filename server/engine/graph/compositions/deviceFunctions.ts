import type { Value } from "../graph.ts";
import type { Rewriter, Rule } from "../passes/rewrite.ts";
import { sameShape } from "../values.ts";
import { input, operationsOf } from "./operations.ts";

const isFloat = ({ dtype }: Value) => dtype === "float32";

/** z - max z - log Σ exp (z - max z) */
export const logSoftmax: Rule["replace"] = (node, rewriter) => {
  const logits = input(node, "logits");
  const { sub, exp, log, sum, max } = operationsOf(rewriter);
  const axis = [node.attrs["axis"] as number];
  const shifted = sub(logits, max(logits, axis, true));
  return sub(shifted, log(sum(exp(shifted), axis, true)));
};

export const sign: Rule["replace"] = (node, rewriter) => {
  const x = input(node, "x");
  const { greater, less, number, floatOf, sub } = operationsOf(rewriter);
  if (!isFloat(x)) return undefined;
  return sub(floatOf(greater(x, number(0))), floatOf(less(x, number(0))));
};

/** λ x where x > 0, λ α (exp x - 1) elsewhere, Klambauer et al. 2017. */
export const selu: Rule["replace"] = (node, rewriter) => {
  const x = input(node, "x");
  const { of, mul, add, number } = operationsOf(rewriter);
  if (!isFloat(x)) return undefined;
  const [alpha, lambda] = [1.6732632423543772, 1.0507009873554805];
  const below = of("Minimum", { a: of("Elu", { x }), b: number(0) });
  return add(mul(of("Relu", { x }), number(lambda)), mul(below, number(lambda * alpha)));
};

/**
 * WebGPU allows an arctangent 4,096 units in the last place, and an arcsine 7 · 10⁻⁵. Here the argument is brought
 * into [-0.414, 0.414], tan(π/8), where four terms of a polynomial are right to 2 · 10⁻⁷ (Moshier, Cephes, atanf).
 */
export const atan: Rule["replace"] = (node, rewriter) => {
  const x = input(node, "x");
  return isFloat(x) ? arctangent(x, rewriter) : undefined;
};

/** asin x = 2 atan (x / (1 + √(1 - x²))) */
export const asin: Rule["replace"] = (node, rewriter) => {
  const x = input(node, "x");
  return isFloat(x) ? arcsine(x, rewriter) : undefined;
};

export const acos: Rule["replace"] = (node, rewriter) => {
  const x = input(node, "x");
  const { sub, number } = operationsOf(rewriter);
  return isFloat(x) ? sub(number(Math.PI / 2), arcsine(x, rewriter)) : undefined;
};

function arcsine(x: Value, rewriter: Rewriter): Value {
  const { add, sub, mul, div, sqrt, number } = operationsOf(rewriter);
  const one = number(1);
  const root = sqrt(mul(sub(one, x), add(one, x)));
  return mul(arctangent(div(x, add(one, root)), rewriter), number(2));
}

function arctangent(x: Value, rewriter: Rewriter): Value {
  const ops = operationsOf(rewriter);
  const { neg, add, sub, mul, div, abs, greater, less, number, select } = ops;
  const filled = (value: number) => ops.filled(x.shape, value);
  const size = abs(x);
  const [large, middle] = [greater(size, number(2.414213562)), greater(size, number(0.414213562))];
  const one = number(1);
  const near = select(middle, div(sub(size, one), add(size, one)), size);
  const reduced = select(large, div(number(-1), size), near);
  const start = select(large, filled(Math.PI / 2), select(middle, filled(Math.PI / 4), filled(0)));
  const square = mul(reduced, reduced);
  const series = [-1.38776856e-1, 1.99777106e-1, -3.33329491e-1].reduce(
    (sum, coefficient) => add(mul(sum, square), number(coefficient)),
    number(8.05374449e-2),
  );
  const angle = add(start, add(mul(mul(series, square), reduced), reduced));
  return select(less(x, number(0)), neg(angle), angle);
}

/** exp x - 1 cancels near 0, and a device's tanh and log have absolute errors there: a series takes their place. */
export const expm1: Rule["replace"] = (node, rewriter) => {
  const x = input(node, "x");
  const { add, sub, mul, less, abs, exp, number, select } = operationsOf(rewriter);
  if (!isFloat(x)) return undefined;
  // x (1 + x/2 (1 + x/3 (1 + …))); the first term left out is x⁹/9!, below 2⁻²⁶ of x where |x| < 1/2.
  let series = number(1);
  for (let n = 8; n > 1; n--) series = add(mul(mul(x, number(1 / n)), series), number(1));
  return select(less(abs(x), number(0.5)), mul(x, series), sub(exp(x), number(1)));
};

/** log (1 + x) = 2 atanh s with s = x / (2 + x) */
export const log1p: Rule["replace"] = (node, rewriter) => {
  const x = input(node, "x");
  const { add, mul, div, less, abs, log, number, select } = operationsOf(rewriter);
  if (!isFloat(x)) return undefined;
  const s = div(x, add(x, number(2)));
  const square = mul(s, s);
  // s (1 + s²/3 + s⁴/5 + …); |s| < 1/3 where |x| < 1/2, and the first term left out is s¹⁶/17, below 2⁻²⁹.
  let series = number(1 / 15);
  for (let n = 13; n > 0; n -= 2) series = add(mul(series, square), number(1 / n));
  const near = mul(mul(s, series), number(2));
  return select(less(abs(x), number(0.5)), near, log(add(x, number(1))));
};

/** The runtime's kernel for Pow fails where it would have to broadcast. */
export const pow: Rule["replace"] = (node, rewriter) => {
  const [a, b] = [input(node, "a"), input(node, "b")];
  const { of } = operationsOf(rewriter);
  const { shape } = node.outputs[0] as Value;
  if (sameShape(a.shape, b.shape)) return undefined;
  const whole = (x: Value) => (sameShape(x.shape, shape) ? x : of("BroadcastTo", { x }, { shape }));
  return of("Pow", { a: whole(a), b: whole(b) });
};

export const logicalOr: Rule["replace"] = (node, rewriter) => {
  const { of } = operationsOf(rewriter);
  const not = (x: Value) => of("LogicalNot", { x });
  return not(of("LogicalAnd", { a: not(input(node, "a")), b: not(input(node, "b")) }));
};

export const logicalXor: Rule["replace"] = (node, rewriter) => {
  const { of } = operationsOf(rewriter);
  const whole = (x: Value) => of("Cast", { x }, { dtype: "int32" });
  return of("NotEqual", { a: whole(input(node, "a")), b: whole(input(node, "b")) });
};

/** The runtime has a kernel for two operands alone. */
export const addN: Rule["replace"] = (node, rewriter) =>
  (node.inputs["tensors"] as readonly Value[]).reduce(operationsOf(rewriter).add);
