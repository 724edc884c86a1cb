import type { Node } from "jsonc-parser";
import { counted } from "../../grouped.ts";
import { error, type Uncoded } from "../finding.ts";
import { items, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A mean or std per channel, of the wrong length. */
export const normalizeChannels: Rule = {
  code: "normalize-channels",
  *check({ at, data }) {
    const channels = data.train?.shape?.at(-1);
    if (channels === undefined) return;
    yield* wrongCounts(at("data", "normalize"), channels);
    yield* wrongCounts(at("teacher", "normalize"), channels);
  },
};

function* wrongCounts(normalize: Node | undefined, channels: number): Generator<Uncoded> {
  for (const key of ["mean", "std"]) {
    const list = member(normalize, key);
    const count = items(list).length;
    if (!list || count <= 1 || count === channels) continue;
    yield error(
      list,
      `The samples have ${counted(channels, "channel")}, but \`${key}\` has ${count} values.`,
    );
  }
}
