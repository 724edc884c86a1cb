import { counted } from "../../grouped.ts";
import { emptyPart, type HeldBack, type Shares } from "../../heldBack.ts";
import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/** Shares of so few samples, or so large ones, that one part gets none. */
export const emptySplit: Rule = {
  code: "empty-split",
  *check({ at, data: { shares, labelledCount: count } }) {
    const empty = count ? emptyPart(shares, count) : undefined;
    const share = empty && at("data", empty.of, "split");
    if (!share || !count) return;
    const [size, others] =
      empty.part === "training" ? ["smaller", othersThan(empty.of, shares)] : ["larger", ""];
    yield error(
      share,
      `A share of ${shares[empty.of]} of ${counted(count, "sample")}${others} leaves none for ${empty.part}: use a ${size} share, or more samples.`,
    );
  },
};

const othersThan = (of: HeldBack, { validation }: Shares): string =>
  of === "test" && validation !== undefined ? `, beside the ${validation} for validation,` : "";
