/** A valid experiment of about the given number of lines: a long net, one layer on five lines. For measuring. */
export function largeExperiment({ lines = 2000, sweep = false } = {}): string {
  const layers = Array.from({ length: Math.floor((lines - 24) / 6) }, (_, index) =>
    [
      "      {",
      `        "name": "layer${index}", // a note`,
      '        "type": "conv2d",',
      '        "filters": 8,',
      '        "kernelSize": 3, "padding": "same", "activation": "relu"',
      "      },",
    ].join("\n"),
  );
  return `{
  "data": {
    "train": { "type": "idx", "images": "images", "labels": "labels" },
    "validation": { "split": 0.1 },
    "normalize": "fit",
    "batchSize": 128
  },
  "teacher": { "type": "onnx", "path": "teacher.onnx" },
  "student": {
    "layers": [
${layers.join("\n")}
      { "type": "flatten" },
      { "type": "dense", "units": 10 }
    ]
  },
  "losses": [
    { "type": "kd", "temperature": 4, "weight": 0.7 },
    { "type": "ce", "weight": 0.3 }
  ],
  "training": { "epochs": 10 }${sweep ? sweepOfTwelve : ""}
}
`;
}

const sweepOfTwelve = `,
  "sweep": { "parameters": { "losses[0].temperature": [2, 4, 6, 8], "losses[0].weight": [0.5, 0.7, 0.9] } }`;
