import { error, type Uncoded } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** A net that cannot be trained because of a module that computes a part of it. */
export const ownNet: Rule = {
  code: "module",
  *check({ teacher, student }) {
    for (const net of [teacher, student]) {
      if (net === undefined) continue;
      const { own, plan, layers, node } = net;
      const problem = own?.knowledge?.facts?.net?.problem ?? own?.knowledge?.problem;
      // The module's own rule reports a module of another kind.
      if (own && problem && problem.code !== "module-kind")
        yield { ...error(own.reference.node, problem.message), code: problem.code } as Uncoded;
      for (const { code, layer, message } of plan?.problems ?? [])
        if (code.startsWith("module-")) yield { ...error(layers[layer] ?? node, message), code } as Uncoded;
    }
  },
};
