import type {
  FileDescription,
  ModelDescription,
  WeightsDescription,
} from "./data/descriptions/description.ts";
import { isOfFractions } from "./data/formats/safetensors.ts";
import { isIdentity } from "./data/normalize.ts";
import type { LayerFacts } from "./fileHeaders.ts";
import type { CardFacts, FileFacts } from "./language/facts.ts";
import { readCard } from "./nets/modelCard.ts";

/** A file's description as facts for the checker. */
export function factsOf(description: Exclude<FileDescription, { kind: "problem" }>): FileFacts {
  const { bytes } = description;
  switch (description.kind) {
    case "array":
    case "archive":
    case "lines":
    case "table": {
      const { kind, format, ...facts } = description;
      return facts;
    }
    case "folder":
      return {};
    case "tokenizer": {
      const { kind, format, ...facts } = description;
      return facts;
    }
    case "images": {
      const { kind, format, folders, bytes: _, ...facts } = description;
      return facts;
    }
    case "model": {
      const { format, parameters, learned, inputs, outputs, scores, endsInSoftmax } = description;
      const card = cardFacts(description.metadata);
      const layers = description.layers.map((layer) => layerFacts(layer, format));
      return {
        bytes,
        inputs,
        outputs,
        endsInSoftmax,
        layers,
        ...(parameters === undefined ? {} : { parameters }),
        ...(learned === undefined ? {} : { learned }),
        ...(scores === undefined ? {} : { scores }),
        ...(Object.keys(card).length === 0 ? {} : { card }),
      };
    }
    case "outputs": {
      const { kind, ...facts } = description;
      return facts;
    }
    case "weights":
      return { bytes, ...weightFacts(description) };
  }
}

/** The largest models have some thousands. */
const mostTensors = 20_000;

const weightFacts = ({ parameters, tensors }: WeightsDescription): FileFacts => ({
  parameters,
  ...(tensors.length > mostTensors
    ? {}
    : {
        tensors: tensors.flatMap(({ name, dtype, shape }) => (isOfFractions(dtype) ? [{ name, shape }] : [])),
      }),
});

function cardFacts(metadata: ModelDescription["metadata"]): CardFacts {
  const { output, normalize, classNames, run } = readCard(metadata);
  return {
    ...(output === undefined ? {} : { output }),
    ...(normalize === undefined ? {} : { normalize, normalizes: normalize.inside && !isIdentity(normalize) }),
    ...(classNames === undefined ? {} : { classNames }),
    ...(run === undefined ? {} : { run }),
  };
}

/** The engine takes the tensor of an ONNX image as channels first. */
function layerFacts({ shape, ...layer }: LayerFacts, format: ModelDescription["format"]): LayerFacts {
  if (!shape?.every((extent) => extent > 0)) return layer;
  const [channels = 0, ...places] = shape;
  return { ...layer, shape: format === "onnx" && shape.length === 3 ? [...places, channels] : shape };
}
