import { error, type Uncoded } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { SourceModel } from "../model/data.ts";
import { member } from "../model/values.ts";
import { shapeText, sizeOf } from "../numbers.ts";
import type { Rule } from "./rule.ts";

type Found = Uncoded & { readonly code?: string };

/** A `shape` that does not hold a sample's values, and samples of validation or test that are not like the training samples. */
export const sampleShape: Rule = {
  code: "shape-mismatch",
  *check({ data, teacher }) {
    for (const source of [data.train, data.unlabelled, data.validation, data.test, teacher?.source])
      yield* wrongShape(source);
    yield* unlike("unlabelled", data.unlabelled, data.train);
    yield* unlike("validation", data.validation, data.train);
    yield* unlike("test", data.test, data.train);
  },
};

function* wrongShape(source: SourceModel | undefined): Generator<Found> {
  const given = member(source?.node, "shape");
  const { shape, fileShape } = source ?? {};
  if (!given || !shape || !fileShape || sizeOf(shape) === sizeOf(fileShape)) return;
  yield error(
    given,
    `A sample has ${sizeOf(fileShape)} values, ${shapeText(fileShape)}; the shape ${shapeText(shape)} holds ${sizeOf(shape)}.`,
  );
}

function* unlike(
  name: string,
  source: SourceModel | undefined,
  train: SourceModel | undefined,
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
  yield error(
    headOf(source.node),
    `The ${name} samples have the shape ${shapeText(source.shape)}, the training samples ${shapeText(train.shape)}.`,
  );
}

/** Columns are found by the names that they have in the training samples, whatever else stands beside them. */
function* missingColumn(name: string, source: SourceModel, missing: string | undefined): Generator<Found> {
  const path = source.files[0]?.reference.node;
  if (missing === undefined || path === undefined) return;
  const message = `The ${name} samples have no column "${missing}" as the training samples have; columns of other names can be given as \`features\`, in their order.`;
  yield { ...error(path, message), code: "missing-column" };
}
