const arrays = 'Make arrays in Python, numpy.savez("train.npz", x=x, y=y), and use "npz".';
const images = 'Give a folder with a folder for each class to "images".';
const table = 'Make a table in Python, pandas\' to_csv("train.csv", index=False), and use "csv".';
const torch =
  'Export ONNX in Python, torch.onnx.export(model.eval(), sample, "model.onnx", input_names=["x"], dynamic_axes={"x": {0: "batch"}}), and use "onnx".';
const keras =
  'Export ONNX, python -m tf2onnx.convert --saved-model FOLDER --output model.onnx, and use "onnx".';

/** Values of `type` in other tools, and what to use instead. */
const ways: Readonly<Record<string, string>> = {
  imagefolder: images,
  folder: images,
  hdf5: arrays,
  mat: arrays,
  json: table,
  jsonl: table,
  pytorch: torch,
  torch,
  safetensors: torch,
  huggingface: torch,
  keras,
  tensorflow: keras,
  sklearn: 'Export ONNX in Python, skl2onnx.to_onnx(model, x[:1].astype("float32")), and use "onnx".',
};

export const foreignType = (value: unknown): string | undefined => {
  const name = String(value).toLowerCase().replaceAll(/[-_ ]/g, "");
  return Object.hasOwn(ways, name) ? `It is not supported. ${ways[name]}` : undefined;
};
