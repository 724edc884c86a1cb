import { warning } from "../finding.ts";
import { member } from "../model/values.ts";
import { shapeText } from "../numbers.ts";
import type { Rule } from "./rule.ts";

/** Images as PyTorch has them: convolutions here would take the rows of a colour for channels, and learn from that. */
export const channelsFirst: Rule = {
  code: "channels-first",
  *check({ data, teacher }) {
    for (const source of [data.train, teacher?.source]) {
      const path = source?.files[0]?.reference.node;
      const shape = source?.fileShape;
      const isArray = source?.type === "npy" || source?.type === "npz";
      if (!path || !shape || !isArray || member(source.node, "shape") || !areChannelsFirst(shape)) continue;
      const [channels = 0, height = 0, width = 0] = shape;
      yield warning(
        path,
        `The samples ${shapeText(shape)} look like images with their channels first; here channels come last, ${shapeText([height, width, channels])}. Transpose the array in Python: x.transpose(0, 2, 3, 1).`,
      );
    }
  },
};

/** A grey or colour image, with or without transparency, that is at least as wide and high as a digit. */
const areChannelsFirst = ([channels = 0, height = 0, width = 0, ...more]: readonly number[]): boolean =>
  more.length === 0 && [1, 3, 4].includes(channels) && height >= 8 && width >= 8;
