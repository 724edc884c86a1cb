import { counted } from "../../grouped.ts";
import { sizeOf } from "../../sizeOf.ts";
import { error, type Fix, fix, replace, type Uncoded } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { channelsMovedLast, type SourceModel } from "../model/data.ts";
import { member, textOf } from "../model/values.ts";
import { shapeText } from "../numbers.ts";
import { hasNoLayout, readChannelsFirst } from "./channelsFirst.ts";
import type { Rule } from "./rule.ts";

type Found = Uncoded & { readonly code?: string };

/**
 * A `shape` that does not fit a sample's values, and samples of validation or test shaped differently from the training
 * samples.
 */
export const sampleShape: Rule = {
  code: "shape-mismatch",
  *check({ data, teacher, parsed: { text } }) {
    for (const source of [data.train, data.unlabelled, data.validation, data.test, teacher?.source])
      yield* wrongShape(source);
    yield* unlike("unlabelled", data.unlabelled, { train: data.train, text });
    yield* unlike("validation", data.validation, { train: data.train, text });
    yield* unlike("test", data.test, { train: data.train, text });
  },
};

function* wrongShape(source: SourceModel | undefined): Generator<Found> {
  const given = member(source?.node, "shape");
  const { shape, fileShape } = source ?? {};
  if (!source || !shape || !fileShape) return;
  if (sizeOf(shape) === sizeOf(fileShape)) {
    yield* wrongChannels(source, shape, fileShape);
    return;
  }
  if (!given) return;
  yield error(
    given,
    `A sample has ${sizeOf(fileShape)} values, ${shapeText(fileShape)}; the shape ${shapeText(shape)} has ${sizeOf(shape)}.`,
  );
}

/** Channels first: they have to exist and match those of `shape`. */
function* wrongChannels(
  { node, isChannelsFirst }: SourceModel,
  shape: readonly number[],
  fileShape: readonly number[],
): Generator<Found> {
  const layout = member(node, "layout");
  const given = member(node, "shape");
  const moved = channelsMovedLast(fileShape) ?? [];
  if (!isChannelsFirst || !layout) return;
  if (fileShape.length < 2 ? shape.length > 1 : fileShape[0] === shape.at(-1)) return;
  yield fileShape.length < 2
    ? error(layout, `A sample ${shapeText(fileShape)} has no channels; give its \`shape\`, channels last.`)
    : error(
        given ?? layout,
        `A sample with its channels first, ${shapeText(fileShape)}, has ${counted(fileShape[0] ?? 0, "channel")}; the shape ${shapeText(shape)} has ${shape.at(-1)}.`,
        ...(given
          ? [
              fix(
                `Change to ${shapeText(moved)}`,
                replace(given, JSON.stringify(moved).replaceAll(",", ", ")),
              ),
            ]
          : []),
      );
}

function* unlike(
  name: string,
  source: SourceModel | undefined,
  { train, text }: { readonly train: SourceModel | undefined; readonly text: string },
): Generator<Found> {
  if (!source || !train) return;
  const { featureNames: own = [], node } = source;
  const { featureNames: trained = [] } = train;
  if (!member(node, "features") && trained.some((column) => own.includes(column))) {
    yield* missingColumn(
      name,
      source,
      trained.find((column) => !own.includes(column)),
    );
    return;
  }
  if (!source.shape || !train.shape || shapeText(source.shape) === shapeText(train.shape)) return;
  const turned = shapeText(channelsMovedLast(source.shape) ?? []) === shapeText(train.shape);
  const resized = sizeLike(source, train, text);
  yield error(
    headOf(source.node),
    `The ${name} samples have the shape ${shapeText(source.shape)}, the training samples ${shapeText(train.shape)}.${resized ? " Images of files are brought to a `size`." : ""}`,
    ...(turned && hasNoLayout(source) ? [readChannelsFirst(text, [source])] : []),
    ...(resized ? [resized] : []),
  );
}

/** The `size` of the training samples, for images of files that differ from them by nothing else. */
function sizeLike({ node, shape }: SourceModel, train: SourceModel, text: string): Fix | undefined {
  const isOfFiles = textOf(member(node, "type")) === "images" || member(node, "image") !== undefined;
  const [height, width, channels] = train.shape ?? [];
  if (!isOfFiles || width === undefined || shape?.[2] !== channels) return undefined;
  const size = `[${height}, ${width}]`;
  const given = member(node, "size");
  return given
    ? fix(`Change to ${size}`, replace(given, size))
    : fix(`Add "size": ${size}`, insertProperty(text, node, "size", size));
}

/** Columns are matched by their names in the training samples; other columns are ignored. */
function* missingColumn(name: string, source: SourceModel, missing: string | undefined): Generator<Found> {
  const path = source.files[0]?.reference.node;
  if (missing === undefined || path === undefined) return;
  const message = `The ${name} samples have no column "${missing}", which the training samples have. Give columns of other names as \`features\`, in order.`;
  yield { ...error(path, message), code: "missing-column" };
}
