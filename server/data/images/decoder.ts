import type { Sharp, SharpOptions } from "sharp";
import { fileProblem } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";
import { openRegular } from "../reading.ts";
import { withChannels } from "./channels.ts";
import { grow, grownSize } from "./grow.ts";
import { withoutInks } from "./inks.ts";
import type { Fit, ImageSize } from "./resize.ts";

/** An image as bytes: [height, width, channels], row-major. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly bytes: Uint8Array;
}

export interface Wanted {
  readonly size?: ImageSize | undefined;
  /** "cover" when absent. */
  readonly fit?: Fit | undefined;
  /** As the image has when absent: 1 where it is grey. */
  readonly channels?: 1 | 3 | undefined;
}

/** Why an image gives no pixels, in a few words: "the file ends too early". */
export interface Unreadable {
  readonly why: string;
}

export interface ImageDecoder {
  /** Of another one the pixels may be others. */
  readonly version: string;
  /** Of a PNG, JPEG or WebP file. */
  decode(file: Uint8Array, wanted: Wanted): Promise<Pixels | Unreadable>;
  /** Height, width and channels as decoding gives them; only its head is read. */
  readHeader(file: Uint8Array): Promise<Omit<Pixels, "bytes"> | Unreadable>;
  /** A small PNG of an image, whose longer side is `side`. */
  thumbnail(file: Uint8Array, side: number): Promise<Uint8Array | Unreadable>;
}

/**
 * Decoding is left to libvips, whose binary comes with the package of one platform. It is loaded on first use, so that nothing
 * but a source of images needs it.
 * @param file what is to be read with it
 */
export async function openDecoder(file: string): Promise<ImageDecoder | DataProblem> {
  try {
    const { default: sharp } = await import("sharp");
    return decoderWith(
      (bytes, raw) => sharp(bytes, raw ? { raw } : options),
      `${sharp.versions.sharp} ${sharp.versions.vips}, grown 1, inks 1`,
    );
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    return {
      code: "no-image-decoder",
      message: `Images are decoded by a binary of sharp for ${platform}, which does not load here. Install the extension for this platform, distillery-${platform}.vsix, which brings it; beside the command line, npm install sharp. (${firstLine(error)})`,
      file,
    };
  }
}

/**
 * As Pillow reads an image: turned as its EXIF data says, its colour profile left aside. What a decoder only warns of is read;
 * what it had to make up is not.
 */
const options: SharpOptions = { autoOrient: true, failOn: "error", ignoreIcc: true };

/** Larger files are no photographs. */
const mostBytes = 2 ** 28;

/** The bytes of a file that an experiment, or a table of it, names. */
export async function readImage(file: string): Promise<Uint8Array | DataProblem> {
  try {
    const opened = await openRegular(file);
    if ("code" in opened) return opened;
    try {
      if (opened.size <= mostBytes) return await opened.handle.readFile();
      const found = `${opened.size} bytes`;
      return {
        code: "too-large",
        message: "The file is too large for an image.",
        file,
        expected: `at most ${mostBytes} bytes`,
        found,
      };
    } finally {
      await opened.handle.close();
    }
  } catch (error) {
    return fileProblem(file, error);
  }
}

/** An image in a file, or its bytes as they are. */
type Open = (bytes: Uint8Array, raw?: SharpOptions["raw"]) => Sharp;

function decoderWith(open: Open, version: string): ImageDecoder {
  const reading = async <T>(file: Uint8Array, read: () => Promise<T>): Promise<T | Unreadable> => {
    if (file.length === 0) return { why: "the file is empty" };
    if (!isKnown(file)) return { why: "this is not a PNG, JPEG or WebP image" };
    try {
      return await read();
    } catch (error) {
      return { why: whyOf(error) };
    }
  };
  const headerOf = async (file: Uint8Array): Promise<Header> => {
    const { space, autoOrient } = await open(file).metadata();
    return {
      ...autoOrient,
      channels: space === "b-w" || space === "grey16" ? 1 : 3,
      isOfInks: space === "cmyk",
    };
  };
  const imageOf = async (file: Uint8Array, isOfInks: boolean): Promise<Sharp> => {
    // Transparency is left out, as Pillow's convert("RGB") does; 16 bits become the upper 8.
    if (!isOfInks) return open(file).removeAlpha().toColourspace("srgb");
    const inks = await rawOf(open(file).pipelineColourspace("cmyk").toColourspace("cmyk"));
    const { width, height } = inks;
    return open(withoutInks(inks.data), { width, height, channels: 3 });
  };
  const pixelsAt = async (
    image: Sharp,
    header: Omit<Pixels, "bytes">,
    size: ImageSize,
    fit: Fit,
  ): Promise<Decoded> => {
    // libvips moves what it enlarges by half a pixel, and that before it turns the image.
    const grown = grownSize(header, size, fit);
    if (grown === undefined) return rawOf(resized(image, size, fit));
    const most: ImageSize = [Math.min(header.height, grown[0]), Math.min(header.width, grown[1])];
    const small = await rawOf(resized(image, most, "stretch"));
    const { height, width, channels } = small;
    const data = grow(small.data, [height, width, channels], grown);
    const raw = { height: grown[0], width: grown[1], channels };
    return rawOf(resized(open(data, raw), size, fit));
  };
  return {
    version,
    readHeader: (file) =>
      reading(file, async () => {
        const { isOfInks, ...header } = await headerOf(file);
        return header;
      }),
    decode: (file, { size, fit = "cover", channels }) =>
      reading(file, async () => {
        const { isOfInks, ...header } = await headerOf(file);
        const wanted = channels ?? header.channels;
        const image = await imageOf(file, isOfInks);
        const { data, width, height } = await (size ? pixelsAt(image, header, size, fit) : rawOf(image));
        const count = width * height;
        return { width, height, channels: wanted, bytes: withChannels(data, count, wanted) };
      }),
    thumbnail: (file, side) =>
      reading(file, async () => {
        const { width, height } = await headerOf(file);
        // Of a few pixels each is seen.
        const kernel = Math.max(width, height) < side ? "nearest" : "lanczos3";
        return open(file).resize(side, side, { fit: "inside", kernel }).png().toBuffer();
      }),
  };
}

interface Header extends Omit<Pixels, "bytes"> {
  readonly isOfInks: boolean;
}

interface Decoded {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 2 | 3 | 4;
}

async function rawOf(image: Sharp): Promise<Decoded> {
  const { data, info } = await image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  return { data, height: info.height, width: info.width, channels: info.channels };
}

const resized = (image: Sharp, [height, width]: ImageSize, fit: Fit): Sharp =>
  image.resize(width, height, {
    fit: fit === "stretch" ? "fill" : fit,
    background: "#000",
    fastShrinkOnLoad: false, // Its short cut is a coarser image.
  });

/** By its first bytes, whatever it is called: libvips would read more kinds, some of which are programs. */
function isKnown(file: Uint8Array): boolean {
  const head = String.fromCharCode(...file.subarray(0, 12));
  const isWebp = head.startsWith("RIFF") && head.endsWith("WEBP");
  return isWebp || head.startsWith("\x89PNG\r\n\x1a\n") || head.startsWith("\xff\xd8\xff");
}

/** What libvips itself says may be of another image that is decoded at the same time. */
function whyOf(error: unknown): string {
  const [first = ""] = messageOf(error).split("\n");
  return first.startsWith("Input image exceeds") ? "it has too many pixels" : "it is damaged or cut off";
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const firstLine = (error: unknown): string =>
  messageOf(error)
    .split("\n", 1)
    .join()
    .replace(/[:.]+$/, "");
