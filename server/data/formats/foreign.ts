/** A kind of file that is known by its content or its name and cannot be read here, and what to make of it instead. */
interface Foreign {
  readonly what: string;
  /** What to do today, in a sentence. */
  readonly way: string;
  readonly name?: RegExp;
  /** Whether the first bytes, one character each, tell it. */
  readonly content?: (head: string) => boolean;
}

/** As many first bytes as tell the kinds apart: tar has its name at 257. */
export const headBytes = 512;

const torch =
  'Export it in Python, with the packages onnx and onnxscript: torch.onnx.export(model.eval(), sample, "model.onnx", input_names=["x"], dynamic_axes={"x": {0: "batch"}}).';
/** `tf2onnx --keras` fails with the Keras 3 of TensorFlow 2.16 and later; a SavedModel is converted of either. */
const savedModel =
  'model.export("saved"), then python -m tf2onnx.convert --saved-model saved --output model.onnx.';
const keras = `Of a model make ONNX: in Python, model = keras.models.load_model("model.h5") and ${savedModel} Of data make an archive in Python: numpy.savez("train.npz", x=x, y=y).`;
const savez =
  'Make an archive of arrays in Python, images as [samples, height, width, channels]: numpy.savez("train.npz", x=x, y=y).';
const pandas = (read: string) =>
  `Make a table of it in Python: pandas.${read}.to_csv("train.csv", index=False).`;

const starts =
  (...beginnings: readonly string[]) =>
  (head: string) =>
    beginnings.some((beginning) => head.startsWith(beginning));

const has = (text: string, at: number) => (head: string) => head.startsWith(text, at);

/** By the first name in a zip archive. */
const zipOf = (name: RegExp) => (head: string) =>
  head.startsWith("PK\x03\x04") &&
  name.test(head.slice(30, 30 + head.charCodeAt(26) + 256 * head.charCodeAt(27)));

const jsonl = /\.(jsonl|ndjson)$/i;
const parquet = /\.parquet$/i;

const foreigners: readonly Foreign[] = [
  {
    what: "a PyTorch file",
    way: torch,
    name: /\.(pt|pth|ckpt)$/i,
    content: zipOf(/\/(data\.pkl|\.format_version|\.data\/)/),
  },
  {
    what: "a Keras model",
    way: `Make ONNX of it: in Python, ${savedModel}`,
    name: /\.keras$/i,
  },
  {
    what: "a MATLAB file",
    way: `Read it in Python with scipy.io.loadmat. ${savez}`,
    name: /\.mat$/i,
    content: starts("MATLAB 5.0 MAT-file"),
  },
  { what: "an HDF5 file", way: keras, name: /\.(h5|hdf5)$/i, content: starts("\x89HDF\r\n\x1a\n") },
  {
    what: "a TensorFlow graph",
    way: 'Name the folder of a SavedModel in a teacher of "type": "savedModel", or make ONNX of it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.',
    name: /\.pb$/i,
  },
  {
    what: "a TensorFlow Lite model",
    way: "Make ONNX of it: python -m tf2onnx.convert --tflite model.tflite --output model.onnx.",
    name: /\.tflite$/i,
    content: has("TFL3", 4),
  },
  {
    what: "a Python pickle",
    way: 'Of a scikit-learn model make ONNX in Python: skl2onnx.to_onnx(model, x[:1].astype("float32")). Of data make an archive: numpy.savez("train.npz", x=x, y=y).',
    name: /\.(pkl|pickle|joblib)$/i,
    content: starts("\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"),
  },
  {
    what: "a CatBoost model",
    way: 'Save it as ONNX in Python: model.save_model("model.onnx", format="onnx").',
    name: /\.cbm$/i,
    content: starts("CBM1"),
  },
  {
    what: "a LightGBM model",
    way: "Make ONNX of it in Python with onnxmltools.convert_lightgbm.",
    content: starts("tree\nversion=v"),
  },
  {
    what: "a GGUF model",
    way: "Export the original model as ONNX.",
    content: starts("GGUF\x02\0", "GGUF\x03\0"),
  },
  {
    what: "a Parquet table",
    way: 'Name it in a source of "type": "parquet".',
    name: parquet,
    content: starts("PAR1\x15"),
  },
  {
    what: "a stream of Arrow, as save_to_disk of Hugging Face's datasets writes it",
    way: 'Make Parquet of it in Python: datasets.load_from_disk("FOLDER").to_parquet("train.parquet").',
    content: starts("\xff\xff\xff\xff"),
  },
  {
    what: "an Arrow table",
    way: pandas('read_feather("train.feather")'),
    name: /\.(arrow|feather)$/i,
    content: starts("ARROW1\0"),
  },
  {
    what: "an Excel table",
    way: pandas('read_excel("train.xlsx")'),
    name: /\.xlsx?$/i,
    content: zipOf(/^\[Content_Types\]\.xml$/),
  },
  {
    what: "an ORC table",
    way: pandas('read_orc("train.orc")'),
    name: /\.orc$/i,
    content: (head) => head.startsWith("ORC") && [...head].some((character) => character < "\t"),
  },
  {
    what: "an Avro table",
    way: 'Make a table of it in Python: pandas.DataFrame(fastavro.reader(open("train.avro", "rb"))).to_csv("train.csv", index=False).',
    name: /\.avro$/i,
    content: starts("Obj\x01"),
  },
  {
    what: "an SQLite database",
    way: pandas('read_sql("SELECT * FROM samples", sqlite3.connect("train.db"))'),
    content: starts("SQLite format 3\0"),
  },
  { what: "a Stata table", way: pandas('read_stata("train.dta")'), name: /\.dta$/i },
  { what: "an SPSS table", way: pandas('read_spss("train.sav")'), name: /\.sav$/i },
  { what: "a SAS table", way: pandas('read_sas("train.sas7bdat")'), name: /\.(sas7bdat|xpt)$/i },
  { what: "JSON Lines", way: 'Name it in a source of "type": "jsonl".', name: jsonl },
  {
    what: "an image",
    way: 'Of images in a folder for each class, or named by a table, make a source of "type": "images".',
    name: /\.(png|jpe?g|gif|bmp|webp|tiff?)$/i,
    content: starts("\x89PNG", "\xff\xd8\xff", "GIF87a", "GIF89a"),
  },
  { what: "a zip archive of images", way: savez, content: zipOf(/\.(png|jpe?g|gif|bmp|webp)$/i) },
  {
    what: "an archive",
    way: `Unpack it. ${savez}`,
    name: /\.(zip|tar|tgz|tar\.gz|7z|rar)$/i,
    content: (head) => starts("7z\xbc\xaf", "Rar!\x1a")(head) || has("ustar", 257)(head),
  },
];

const weights: Foreign = {
  what: "a safetensors file, weights without the network that they belong to",
  way: `Load them into the network in PyTorch. ${torch}`,
  name: /\.safetensors$/i,
  content: has("\0{", 7),
};

/**
 * What a file is that cannot be read here, and the way on; undefined for what might be read.
 */
export function foreignFormat(
  file: string,
  head: Uint8Array,
  { isModel = false, isJsonl = false, isParquet = false, isAny = false }: ExpectedKind = {},
): { readonly what: string; readonly way: string } | undefined {
  const text = String.fromCharCode(...head.subarray(0, headBytes));
  if (isAny || (isParquet && isParquetFile(text))) return undefined;
  const all = isModel ? [weights, ...foreigners] : foreigners;
  return (
    all.find(({ content }) => content?.(text)) ??
    all.find(
      ({ name }) =>
        name?.test(file) &&
        !isOurs(text) &&
        !(isJsonl && jsonl.test(file)) &&
        !(isParquet && parquet.test(file)),
    )
  );
}

/** What a file is expected to be. */
export interface ExpectedKind {
  /** A network: of weights alone none can be made. */
  readonly isModel?: boolean;
  /** Its lines are objects. */
  readonly isJsonl?: boolean;
  /** It may be a table of Parquet. */
  readonly isParquet?: boolean;
  /** Whatever it is: its name and its beginning say nothing. */
  readonly isAny?: boolean;
}

const isParquetFile = starts("PAR1");

/** Whatever the file is called. */
const isOurs = starts("\x93NUMPY");
