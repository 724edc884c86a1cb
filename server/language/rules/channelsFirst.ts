import { type Fix, fix, warning } from "../finding.ts";
import { insertProperty, removeItem } from "../insert.ts";
import { channelsMovedLast, type SourceModel } from "../model/data.ts";
import { member } from "../model/values.ts";
import { shapeText } from "../numbers.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Images in PyTorch's order: convolutions would take rows for channels, and train on that. */
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
          `The samples ${shapeText(shape)} look like images with channels first; expected channels last, ${shapeText(channelsMovedLast(shape) ?? [])}. Set "layout": "channelsFirst".`,
          readChannelsFirst(text, [source, ...alike]),
        );
      } else if (source.isChannelsFirst && areChannelsLast(shape)) {
        const layout = member(source.node, "layout");
        const property = layout && propertyOf(layout);
        yield warning(
          layout ?? path,
          `The samples ${shapeText(shape)} already look like images with channels last.`,
          ...(property ? [fix("Remove `layout`", removeItem(text, property))] : []),
        );
      }
    }
  },
};

/** Sets `layout` of each source whose arrays have channels first. */
export const readChannelsFirst = (text: string, sources: readonly SourceModel[]): Fix =>
  fix(
    "Read them channels first",
    ...sources.map(({ node }) => insertProperty(text, node, "layout", '"channelsFirst"')),
  );

/** An array without a declared layout. */
export const hasNoLayout = ({ type, node }: SourceModel): boolean =>
  (type === "npy" || type === "npz") && !member(node, "shape") && !member(node, "layout");

const looksChannelsFirst = (source: SourceModel): boolean =>
  source.fileShape !== undefined && hasNoLayout(source) && areChannelsFirst(source.fileShape);

/** A grey or colour image, with or without transparency, that is at least as wide and high as a digit. */
const areChannelsFirst = ([channels = 0, height = 0, width = 0, ...more]: readonly number[]): boolean =>
  more.length === 0 && isColour(channels) && height >= 8 && width >= 8;

const areChannelsLast = ([height = 0, width = 0, channels = 0, ...more]: readonly number[]): boolean =>
  more.length === 0 && isColour(channels) && height >= 8 && width >= 8;

const isColour = (channels: number): boolean => [1, 3, 4].includes(channels);
