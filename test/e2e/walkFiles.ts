import { mnistExperiment } from "./mnist.ts";

/** The workspace of the walk. With the files of a split in a line, so that all of it and the chart below fit on a screen. */
export const mnist = mnistExperiment({ temperature: 4, epochs: 40 }).replace(
  /\{\s+"type": "idx"[^}]*\}/g,
  (source) => source.replace(/\s+/g, " "),
);

const sweep = mnistExperiment({ name: "sweep", temperature: 4, epochs: 1 }).replace(
  /\n\}\n$/,
  `,
  "sweep": {
    "parameters": {
      "losses[0].temperature": [2, 4, 8],
      "losses[0].weight": [0.3, 0.6, 0.9]
    }
  }
}
`,
);

const wrong = mnist
  .replace('"batchSize"', '"batchsize"')
  .replace(
    '"losses": [',
    '"optimizer": { "type": "adamv" },\n  "losses": [\n    { "type": "hint", "student": "here", "teacher": "nowhere" },',
  );

/** Two small convolutional networks, whose layers the losses name. */
export const layers = mnist
  .replace('"name": "mnist"', '"name": "layers"')
  .replace(/"teacher": [\s\S]*"losses": \[/, () =>
    [
      '"teacher": {',
      '    "type": "layers",',
      '    "layers": [',
      '      { "type": "conv2d", "name": "edges", "filters": 8, "kernelSize": 5, "strides": 4 },',
      '      { "type": "conv2d", "name": "shapes", "filters": 16, "kernelSize": 3 },',
      '      { "type": "flatten" },',
      '      { "type": "dense", "units": 10 }',
      "    ],",
      '    "train": { "epochs": 1 }',
      "  },",
      '  "student": {',
      '    "layers": [',
      '      { "type": "conv2d", "name": "small", "filters": 4, "kernelSize": 5, "strides": 4 },',
      '      { "type": "flatten" },',
      '      { "type": "dense", "units": 10 }',
      "    ]",
      "  },",
      '  "losses": [',
      '    { "type": "hint", "student": "small", "teacher": "edges", "projector": "linear", "weight": 0.1 },',
    ].join("\n"),
  )
  .replace('"epochs": 40', '"epochs": 1');

const messy = layers.replace('"training": { "epochs": 1, ', '"training":{"epochs":1,\n"seed":3 ,');

const diverging = mnistExperiment({ name: "diverging", temperature: 4, epochs: 1 }).replace(
  '"training": {',
  '"optimizer": { "type": "sgd", "learningRate": 1e30 },\n  "training": {',
);

export const files: Readonly<Record<string, string>> = {
  "mnist.distill.json": mnist,
  "sweep.distill.json": sweep,
  "wrong.distill.json": wrong,
  "empty.distill.json": "",
  "diverging.distill.json": diverging,
  "layers.distill.json": layers,
  "messy.distill.json": messy,
  "broken.distill.json": layers.slice(0, -60),
  "long.distill.json": mnist.replace('"mnist"', '"long"').replace('"epochs": 40', '"epochs": 4000'),
};
