import { type Fix, fix, warning } from "../finding.ts";
import { insertProperty, removeItem } from "../insert.ts";
import { channelsMovedLast, type SourceModel } from "../model/data.ts";
import { member } from "../model/values.ts";
import { shapeText } from "../numbers.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Images as PyTorch has them: convolutions here would take the rows of a colour for channels, and learn from that. */
export const channelsFirst: Rule = {
  code: "channels-first",
  *check({ data, teacher, parsed: { text } }) {
    const others = [data.unlabelled, data.validation, data.test]
      .filter((source) => source !== undefined)
      .filter(looksChannelsFirst);
    for (const source of [data.train, teacher?.source]) {
      const path = source?.files[0]?.reference.node;
      const shape = source?.fileShape;
      if (!source || !path || !shape) continue;
      if (looksChannelsFirst(source)) {
        const alike = source === data.train ? others : [];
        yield warning(
          path,
          `The samples ${shapeText(shape)} look like images with their channels first; here channels come last, ${shapeText(channelsMovedLast(shape) ?? [])}. Say so with "layout": "channelsFirst".`,
          readChannelsFirst(text, [source, ...alike]),
        );
      } else if (source.isChannelsFirst && areChannelsLast(shape)) {
        const layout = member(source.node, "layout");
        const property = layout && propertyOf(layout);
        yield warning(
          layout ?? path,
          `The samples ${shapeText(shape)} look like images with their channels last already.`,
          ...(property ? [fix("Remove `layout`", removeItem(text, property))] : []),
        );
      }
    }
  },
};

/** Says of each source, in its own place, that its arrays have their channels first. */
export const readChannelsFirst = (text: string, sources: readonly SourceModel[]): Fix =>
  fix(
    "Read them channels first",
    ...sources.map(({ node }) => insertProperty(text, node, "layout", '"channelsFirst"')),
  );

/** An array of which nobody has said what its axes are. */
export const isUnsaid = ({ type, node }: SourceModel): boolean =>
  (type === "npy" || type === "npz") && !member(node, "shape") && !member(node, "layout");

const looksChannelsFirst = (source: SourceModel): boolean =>
  source.fileShape !== undefined && isUnsaid(source) && areChannelsFirst(source.fileShape);

/** A grey or colour image, with or without transparency, that is at least as wide and high as a digit. */
const areChannelsFirst = ([channels = 0, height = 0, width = 0, ...more]: readonly number[]): boolean =>
  more.length === 0 && isColour(channels) && height >= 8 && width >= 8;

const areChannelsLast = ([height = 0, width = 0, channels = 0, ...more]: readonly number[]): boolean =>
  more.length === 0 && isColour(channels) && height >= 8 && width >= 8;

const isColour = (channels: number): boolean => [1, 3, 4].includes(channels);
