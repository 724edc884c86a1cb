import {
  acos,
  addN,
  asin,
  atan,
  expm1,
  log1p,
  logicalOr,
  logicalXor,
  logSoftmax,
  pow,
  selu,
  sign,
} from "../compositions/deviceFunctions.ts";
import { replacedRows, segmentSum } from "../compositions/selectedRows.ts";
import type { Pass } from "../graph.ts";
import { aliases } from "./aliases.ts";
import { imageCompositions } from "./deviceImages.ts";
import { type Rule, rewrite, rule } from "./rewrite.ts";

/**
 * Replaces kernels that ONNX Runtime's WebGPU provider computes wrongly or lacks. Its convolutions are silently wrong for some
 * numbers of channels, and so are grouped transposed ones; its max pool gives no positions; an arcsine is as inexact as the
 * device's. A kernel that it lacks runs on the CPU, with a wait for the device before and after.
 */
export const deviceKernels: Pass = (graph) => rewrite(graph, [...rules, ...aliases]);

const compositions: Readonly<Record<string, Rule["replace"]>> = {
  ...imageCompositions,
  AddN: addN,
  LogSoftmax: logSoftmax,
  Pow: pow,
  Sign: sign,
  Selu: selu,
  Asin: asin,
  Acos: acos,
  Atan: atan,
  Expm1: expm1,
  Log1p: log1p,
  LogicalOr: logicalOr,
  LogicalXor: logicalXor,
  UnsortedSegmentSum: segmentSum,
  TensorScatterUpdate: replacedRows,
};

const rules = Object.entries(compositions).map(([kernel, composition]) => rule(kernel, composition));
