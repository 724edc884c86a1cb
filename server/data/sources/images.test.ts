import assert from "node:assert/strict";
import { chmod, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import type { Source, UnlabelledSource } from "../../../schemas/experiment.gen.ts";
import { temporaryDirectory, write } from "../../../test/support/dataFiles.ts";
import { drawn, plain } from "../../../test/support/imageFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import { describeFile } from "../describe.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import type { LoadOptions } from "./options.ts";
import { loadSource } from "./sources.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;
type Images = Partial<Extract<Source | UnlabelledSource, { type: "images" }>>;

async function load(t: TestContext, files: Files, changed: Images = {}, options: LoadOptions = {}) {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, "photos"));
  await write(folder, files);
  const where = "table" in changed ? {} : { folder: "photos" };
  return loadSource({ type: "images", ...where, ...changed } as Source, folder, options);
}

function read(samples: Samples | DataProblem): Samples {
  assert.ok(!("code" in samples), JSON.stringify(samples));
  return samples;
}

const [red, green, grey] = await Promise.all([plain([200, 10, 20]), plain([0, 220, 30]), plain([90])]);

test("folders are classes in the order of their names, images lie at any depth, and what is hidden or no image is left out", async (t) => {
  const files = {
    "photos/dog/b.png": green,
    "photos/dog/a/10.png": red,
    "photos/dog/a/9.png": grey,
    "photos/Cat/z.PNG": red,
    "photos/10/x.png": green,
    "photos/9/x.png": red,
    "photos/README.txt": "",
    "photos/.DS_Store": "",
    "photos/dog/Thumbs.db": "",
    "photos/dog/._b.png": "",
    "photos/.ipynb_checkpoints/b.png": green,
    "photos/__MACOSX/b.png": green,
  };
  const samples = read(await load(t, files));
  assert.deepEqual(samples.classNames, ["10", "9", "Cat", "dog"], "as Python sorts them");
  assert.deepEqual(Array.from(samples.labels), [0, 1, 2, 3, 3, 3]);
  assert.deepEqual([samples.shape, samples.classes, samples.count], [[4, 4, 3], 4, 6]);
  assert.ok(storageOf(samples) instanceof Uint8Array, "bytes stay bytes");
  const firsts = Array.from({ length: 6 }, (_, i) =>
    Array.from(storageOf(samples).subarray(48 * i, 48 * i + 3)),
  );
  const [r, g, w] = [
    [200, 10, 20],
    [0, 220, 30],
    [90, 90, 90],
  ];
  assert.deepEqual(firsts, [g, r, r, r, w, g], "10.png before 9.png");
});

const four = [10, 20, 30, 200, 100, 50, 0, 0, 0, 255, 255, 255];
const square = { height: 2, width: 2 } as const;
const alpha = four.flatMap((value, i) => (i % 3 === 2 ? [value, 40] : [value]));
const wide = Uint16Array.from([0, 0x1234, 0x80ff, 0xffff]);
const turned = Array.from({ length: 16 * 8 * 3 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 20 : 230));
for (const [what, file, channels, expected] of [
  ["png", drawn(four, { ...square, channels: 3 }).png(), undefined, four],
  ["webp", drawn(four, { ...square, channels: 3 }).webp({ lossless: true }), undefined, four],
  ["a palette", drawn(four, { ...square, channels: 3 }).png({ palette: true }), undefined, four],
  ["transparency", drawn(alpha, { ...square, channels: 4 }).png(), undefined, four],
  // 0.299 R + 0.587 G + 0.114 B as Pillow rounds it
  ["colours as grey", drawn(four, { ...square, channels: 3 }).png(), 1, [18, 124, 0, 255]],
  [
    "grey",
    drawn([1, 2, 3, 4], { ...square, channels: 1 })
      .toColourspace("b-w")
      .png(),
    undefined,
    [1, 2, 3, 4],
  ],
  [
    "grey as colours",
    drawn([1, 2], { height: 1, width: 2, channels: 1 }).toColourspace("b-w").png(),
    3,
    [1, 1, 1, 2, 2, 2],
  ],
  [
    "16 bits",
    sharp(wide, { raw: { ...square, channels: 1 } })
      .toColourspace("grey16")
      .png(),
    undefined,
    [0, 0x12, 0x80, 0xff],
  ],
] as const) {
  test(`${what}: the bytes are those of the image`, async (t) => {
    const samples = read(
      await load(t, { "photos/a/x.png": await file.toBuffer() }, channels === undefined ? {} : { channels }),
    );
    assert.deepEqual(Array.from(storageOf(samples)), expected);
  });
}

test("inks of a press are read as Pillow reads them, without a profile", async (t) => {
  // Its numbers say test/fixtures/images/make.py.
  const file = await readFile(new URL("../../../test/fixtures/images/inks.jpg", import.meta.url));
  const bytes = storageOf(read(await load(t, { "photos/a/x.jpg": file })));
  assert.deepEqual(
    [Array.from(bytes.subarray(0, 3)), Array.from(bytes.subarray(45, 48))],
    [
      [207, 46, 190],
      [0, 165, 82],
    ],
  );
  const small = read(await load(t, { "photos/a/x.jpg": file }, { size: [4, 8] }));
  assert.deepEqual(Array.from(storageOf(small).subarray(0, 3)), [207, 46, 190]);
});

test("a photograph is turned as its camera says", async (t) => {
  // [16, 8]: dark on the left; turned by 90° clockwise that is above.
  const file = await drawn(turned, { height: 16, width: 8, channels: 3 })
    .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const samples = read(await load(t, { "photos/a/x.jpg": file }));
  const [shape, storage] = [samples.shape, storageOf(samples)];
  assert.deepEqual(shape, [8, 16, 3]);
  for (const [row, value] of [
    [0, 20],
    [7, 230],
  ] as const)
    assert.ok(Math.abs((storage[row * 48] as number) - value) <= 2, `row ${row}: ${storage[row * 48]}`); // JPEG rounds
});

for (const [fit, above, left, middle] of [
  // [8, 16], dark left half, into [8, 8]
  ["stretch", 20, 20, 230],
  ["cover", 20, 20, 230],
  ["contain", 0, 20, 230],
] as const) {
  test(`${fit}: an image of other proportions`, async (t) => {
    const halves = Array.from({ length: 8 * 16 * 3 }, (_, i) => (Math.floor(i / 3) % 16 < 8 ? 20 : 230));
    const file = await drawn(halves, { height: 8, width: 16, channels: 3 }).png().toBuffer();
    const samples = read(await load(t, { "photos/a/x.png": file }, { size: [8, 8], fit }));
    const [shape, storage] = [samples.shape, storageOf(samples)];
    assert.deepEqual(shape, [8, 8, 3]);
    const at = (row: number, column: number) => storage[(row * 8 + column) * 3];
    assert.deepEqual([at(0, 0), at(4, 0), at(4, 7)], [above, left, middle]);
  });
}

for (const orientation of [1, 3, 6, 8])
  test(`an image that is enlarged lies where Pillow's does, turned or not (${orientation})`, async (t) => {
    // Brighter from left to right once it is turned, in steps that 2 : 1 keeps whole at pixel centres.
    const [height, width] = orientation > 4 ? [16, 8] : [8, 16];
    const ramp = Array.from({ length: height * width * 3 }, (_, i) => {
      const [y, x] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width];
      return 12 * ({ 1: x, 3: 15 - x, 6: 15 - y, 8: y }[orientation] as number);
    });
    const file = await drawn(ramp, { height, width, channels: 3 })
      .png()
      .withMetadata({ orientation })
      .toBuffer();
    const samples = read(await load(t, { "photos/a/x.png": file }, { size: [8, 32], fit: "stretch" }));
    const row = Array.from(storageOf(samples).subarray(0, 32 * 3)).filter((_, i) => i % 3 === 0);
    assert.deepEqual(row.slice(0, 4), [0, 3, 9, 15]);
    assert.deepEqual(row.slice(-4), [165, 171, 177, 180]);
  });

test("a class whose folder is a link that leads nowhere is not lost, and nor is one that may not be read", async (t) => {
  const folder = await temporaryDirectory(t);
  await write(folder, { "photos/cat/1.png": red, "photos/dog/1.png": green, "photos/emu/1.png": green });
  const source = { type: "images", folder: "photos" } as const;
  const messageOf = async () => {
    const found = await loadSource(source, folder);
    return "code" in found ? [found.code, found.message] : found.classNames;
  };
  await symlink("nowhere", join(folder, "photos", "notes.txt"));
  assert.deepEqual(await messageOf(), ["cat", "dog", "emu"]);
  await symlink("fox", join(folder, "photos", "fox"));
  assert.deepEqual(await messageOf(), [
    "missing-file",
    "The link fox in it leads to no folder. Put the folder there, or remove the link.",
  ]);
  await rm(join(folder, "photos", "fox"));
  // Root may read everything.
  if (process.getuid?.() === 0) return;
  await chmod(join(folder, "photos", "emu"), 0);
  const found = await messageOf();
  await chmod(join(folder, "photos", "emu"), 0o755);
  assert.deepEqual(found, [
    "permission-denied",
    "The folder emu in it may not be read: permission denied. Give your user the right to read it.",
  ]);
});

const cut = red.subarray(0, red.length - 30);
const broken: Files = {
  "photos/a/1.png": red,
  "photos/a/2.png": "no image",
  "photos/a/3.bmp": "BM",
  "photos/b/4.jpg": "",
  "photos/b/5.png": green,
  "photos/b/6.png": cut,
};
const list =
  "a/2.png (this is not a PNG, JPEG or WebP image), a/3.bmp (PNG, JPEG and WebP files are read, no .bmp), b/4.jpg (the file is empty), b/6.png (it is damaged or cut off)";

test("broken images are left out where that is asked for, and all of them are named", async (t) => {
  const samples = read(await load(t, broken, { onBroken: "skip" }));
  assert.deepEqual([samples.count, Array.from(samples.labels)], [2, [0, 1]]);
  assert.deepEqual([storageOf(samples)[0], storageOf(samples)[48]], [200, 0]);
  const message = `4 of 6 images cannot be read and are left out: ${list}.`;
  assert.deepEqual(samples.remarks, [{ code: "images-skipped", message }]);
});

const small = await plain([1, 2, 3], 2, 4);
const table = { table: "t.csv", path: "file", label: "kind" } as const;
for (const [what, files, changed, code, message] of [
  ["all broken ones at once", broken, {}, "broken-images", `4 of 6 images cannot be read: ${list}. Mend`],
  [
    "nothing but broken ones",
    { "photos/a/x.png": "" },
    { onBroken: "skip" },
    "broken-images",
    "1 of 1 images",
  ],
  [
    "images of a format that is not read",
    { "photos/a/1.bmp": "BM", "photos/a/2.bmp": "BM", "photos/b/3.bmp": "BM" },
    {},
    "broken-images",
    "3 of 3 images cannot be read: a/1.bmp, a/2.bmp, b/3.bmp (each: PNG, JPEG and WebP files are read, no .bmp). Put images there that can be.",
  ],
  [
    "images of two formats that are not read",
    { "photos/a/1.bmp": "BM", "photos/a/2.gif": "GIF", "photos/b/3.bmp": "BM", "photos/b/4.png": red },
    {},
    "broken-images",
    "3 of 4 images cannot be read: a/1.bmp, b/3.bmp (each: PNG, JPEG and WebP files are read, no .bmp), a/2.gif (PNG, JPEG and WebP files are read, no .gif). Mend",
  ],
  [
    "another size",
    { "photos/a/1.png": red, "photos/a/2.png": small, "photos/a/3.png": "" },
    {},
    "image-size",
    "1 of 3 images has another size than the first one has, 4 × 4 (height × width): a/2.png (2 × 4). Give `size`, and each is brought to it. 1 of 3 images cannot be read: a/3.png (the file is empty).",
  ],
  [
    "colours among grey",
    { "photos/a/1.png": grey, "photos/a/2.png": red },
    {},
    "image-channels",
    "1 of 2 images has colours, and the first one is grey: a/2.png. Give `channels`",
  ],
  [
    "images without a class",
    { "photos/a/1.png": red, "photos/2.png": red },
    {},
    "no-label",
    "1 image lies in the folder itself and so has no class: 2.png.",
  ],
  ["no folders", { "photos/notes.txt": "" }, {}, "no-samples", "The folder has no folders in it"],
  ["no images", { "photos/a/notes.txt": "" }, {}, "no-samples", "There are no images in the folder."],
  ["no folder", {}, { folder: "nowhere" }, "missing-file", "No such folder."],
  ["a file for a folder", { "x.csv": "a" }, { folder: "x.csv" }, "not-a-file", "This is a file"],
  ["too many left out", { "photos/a/1.png": red }, { skip: 2 }, "no-samples", "`skip` leaves out 2"],
  [
    "a table of images that are not there",
    { "t.csv": "file,kind\nx.png,a\n,b\n" },
    table,
    "broken-images",
    "2 of 2 images cannot be read: row 1 (the table has no path here), x.png (No such file).",
  ],
  [
    "a table without the column",
    { "t.csv": "name,kind\nx.png,a\n" },
    table,
    "missing-column",
    'There is no column "file".',
  ],
  ["a ragged table", { "t.csv": "file,kind\nx.png\n" }, table, "bad-csv", "A row has 1 fields"],
] as const) {
  test(`refused: ${what}`, async (t) => {
    const found = await load(t, files, changed as Images);
    assert.ok("code" in found, "it was read");
    assert.equal(found.code, code);
    assert.ok(found.message.startsWith(message), found.message);
  });
}

test("a table names images beside it, with labels or without", async (t) => {
  const files = {
    "sub/t.csv": "kind,file\ndog,../photos/1.png\n,x/2.png\ncat,x/3.png\n",
    "photos/1.png": red,
    "sub/x/2.png": green,
    "sub/x/3.png": red,
  };
  const source = { ...table, table: "sub/t.csv" };
  const samples = read(await load(t, files, source, { labels: "some" }));
  assert.deepEqual(
    [Array.from(samples.labels), samples.classNames],
    [
      [1, -1, 0],
      ["cat", "dog"],
    ],
  );
  const bare = await load(t, files, source);
  assert.deepEqual("code" in bare && [bare.code, bare.line], ["no-label", 3]);
  const { label: _, ...unlabelled } = { ...source, skip: 1, take: 1 };
  const more = read(await load(t, files, unlabelled as Images, { labels: "none", like: samples }));
  assert.deepEqual([Array.from(more.labels), storageOf(more)[1], more.classes], [[-1], 220, 2]);
});

test("a table names images below another folder than its own", async (t) => {
  const files = {
    "tables/t.csv": "file,kind\nphotos/1.png,a\nphotos/2.png,b\n",
    "photos/1.png": red,
    "photos/2.png": green,
  };
  const source = { ...table, table: "tables/t.csv", root: "." } as const;
  const samples = read(await load(t, files, source));
  assert.deepEqual([samples.count, storageOf(samples)[0], storageOf(samples)[48]], [2, 200, 0]);
  const gone = await load(t, files, { ...source, root: "elsewhere" });
  assert.partialDeepStrictEqual(gone, { code: "missing-file", message: "No such folder." });
  const taken = await load(t, files, { ...source, root: "photos/1.png" });
  assert.partialDeepStrictEqual(taken, {
    code: "not-a-file",
    message: "This is a file; a folder is needed.",
  });
  const { root: _, ...without } = source;
  const unfound = await load(t, files, without);
  assert.match(
    "code" in unfound ? unfound.message : "",
    /No such file.* The paths start from the table's folder, where the first is not there; `root` names another folder\.$/,
  );
});

test("a table's labels are read as those of any table: of the used rows that can be decoded, and as the editor tells", async (t) => {
  const rows = ["1.png,0.5,a|b,0.5,1", "2.png,1.5,b,1.5,-2", "3.png,2.5,,2.5,7", "4.png,3,a,,"];
  const folder = await temporaryDirectory(t);
  await write(folder, {
    "t.csv": `file,size,tags,x,y\n${rows.join("\n")}\n`,
    ...{ "1.png": red, "2.png": "", "3.png": green, "4.png": red },
  });
  for (const [asked, expected] of [
    [{ label: "size" }, { task: "regression", classes: 1, targets: [2.5, 3] }],
    [
      { label: "tags", labelSeparator: "|" },
      { task: "multiLabel", classes: 2, classNames: ["a", "b"], targets: [0, 0, 1, 0] },
    ],
    [
      { label: ["y", "x"], take: 2 },
      { task: "regression", classes: 2, classNames: ["y", "x"], targets: [7, 2.5] },
    ],
  ] as const) {
    const source = {
      type: "images",
      table: "t.csv",
      path: "file",
      skip: 1,
      onBroken: "skip",
      ...asked,
    } as const;
    const { targets, ...facts } = expected;
    const samples = read(await loadSource(source, folder));
    assert.partialDeepStrictEqual({ ...samples, targets: [...(samples.targets ?? [])] }, expected);
    const { take, ...images } = { take: undefined, ...asked, path: "file" };
    const told = await describeFile(join(folder, "t.csv"), { format: "imageTable", images });
    assert.partialDeepStrictEqual(told, { kind: "images", count: 4, ...facts });
  }
  const bare = await loadSource({ type: "images", table: "t.csv", path: "file", label: ["x", "y"] }, folder);
  assert.partialDeepStrictEqual(bare, {
    code: "no-label",
    message: "Sample 3 has no label (empty). Only samples to train on may lack one.",
  });
});

test("beside training samples their classes, their size and their channels hold", async (t) => {
  const train = read(await load(t, { "photos/cat/1.png": red, "photos/dog/1.png": red }));
  const own = read(await load(t, { "photos/dog/1.png": grey }, {}, { like: train }));
  assert.deepEqual([own.shape, Array.from(own.labels), own.classNames], [[4, 4, 3], [1], ["cat", "dog"]]);
  const options = { like: train };
  const stranger = await load(t, { "photos/fox/1.png": red }, {}, options);
  assert.deepEqual("code" in stranger && [stranger.code, stranger.message], [
    "label-range",
    'The folder "fox" is outside the classes.',
  ]);
  const other = await load(t, { "photos/dog/1.png": small }, {}, options);
  assert.match("code" in other ? other.message : "", /another size than the training samples have, 4 × 4/);
  const given = read(await load(t, { "photos/dog/1.png": red }, {}, { classes: ["fox", "dog"] }));
  assert.deepEqual([Array.from(given.labels), given.classNames], [[1], ["fox", "dog"]]);
  const all = read(
    await load(t, { "photos/1.png": red, "photos/any/2.png": red }, {}, { ...options, labels: "none" }),
  );
  assert.deepEqual(Array.from(all.labels), [-1, -1]);
});
