import { element } from "../extension/webview/dom.ts";
import { withChannels } from "../server/data/images/channels.ts";
import { resizeImages } from "../server/data/images/resize.ts";
import type { PageContent } from "../server/studentPage/pageContent.ts";

/** Longer side of the canvas in pixels, at least. */
const canvasSide = 280;
/** Width of a line, as a share of it. */
const lineShare = 0.08;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A canvas with the image that the student sees, each of its pixels several of the canvas. */
export interface Drawing {
  readonly canvas: HTMLCanvasElement;
  clear(): void;
  invert(): void;
  /** Draws from one place of the window to another. */
  line(from: Place, to: Place, colour: string): void;
  /** In place of what is there, fitted as the student's data were. */
  place(image: ImageBitmap): void;
  /** Raw values of a sample, [height, width, channels]. */
  show(values: ArrayLike<number>): void;
  /** The same of what is drawn. */
  values(): Float32Array;
}

export function drawing({ input, raw, fit }: Pick<PageContent, "input" | "raw" | "fit">): Drawing {
  const [height = 1, width = 1, channels = 1] = input.shape;
  const scale = Math.max(1, Math.round(canvasSide / Math.max(height, width)));
  const size = { width: width * scale, height: height * scale };
  const canvas = element("canvas", {
    attributes: {
      width: String(size.width),
      height: String(size.height),
      tabindex: "0",
      // Arrow keys are the pen's, also where a screen reader would read on with them.
      role: "application",
      "aria-roledescription": "drawing",
      "aria-label": `What the student sees, ${width} × ${height} pixels. Draw here, or drop or paste an image`,
    },
  });
  const pen = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  const { toByte, ofByte } = bytesOf(raw);
  const fill = (colour: string) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, size.width, size.height);
  };
  const clear = () => fill("#000");
  const inCanvas = ({ x, y }: Place): Place => {
    const box = canvas.getBoundingClientRect();
    return { x: ((x - box.left) * size.width) / box.width, y: ((y - box.top) * size.height) / box.height };
  };
  return {
    canvas,
    clear,
    invert() {
      pen.globalCompositeOperation = "difference";
      fill("#fff");
      pen.globalCompositeOperation = "source-over";
    },
    line(from, to, colour) {
      const [begin, end] = [inCanvas(from), inCanvas(to)];
      pen.strokeStyle = channels === 1 ? "#fff" : colour;
      pen.lineWidth = lineShare * Math.max(size.width, size.height);
      pen.lineCap = "round";
      pen.beginPath();
      pen.moveTo(begin.x, begin.y);
      pen.lineTo(end.x, end.y);
      pen.stroke();
    },
    place(image) {
      clear();
      const [w, h] = fitted(image, size, fit);
      pen.imageSmoothingQuality = "high";
      pen.drawImage(image, (size.width - w) / 2, (size.height - h) / 2, w, h);
    },
    show(values) {
      for (let i = 0; i < height * width; i++) {
        const [r, g, b] = [0, 1, 2].map((c) =>
          toByte(values[i * channels + (channels === 1 ? 0 : c)] as number),
        );
        pen.fillStyle = `rgb(${r} ${g} ${b})`;
        pen.fillRect((i % width) * scale, Math.floor(i / width) * scale, scale, scale);
      }
    },
    values() {
      const { data } = pen.getImageData(0, 0, size.width, size.height);
      const opaque = new Uint8Array(size.width * size.height * 3);
      for (let i = 0; i < size.width * size.height; i++) opaque.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
      const pixels = withChannels(opaque, size.width * size.height, channels === 1 ? 1 : 3);
      const from = [size.height, size.width, channels] as const;
      return resizeImages(Float32Array.from(pixels), from, [height, width]).map(ofByte);
    },
  };
}

/** Between 0 … 255 and a sample's values. */
function bytesOf({ dtype, range: [least, most] }: PageContent["raw"]) {
  return dtype === "uint8"
    ? { toByte: (value: number) => value, ofByte: (byte: number) => Math.round(byte) }
    : {
        toByte: (value: number) => (255 * (value - least)) / (most - least || 1),
        ofByte: (byte: number) => least + (byte / 255) * (most - least),
      };
}

/** Width and height of an image on the canvas. */
function fitted(
  image: { readonly width: number; readonly height: number },
  size: { readonly width: number; readonly height: number },
  fit: PageContent["fit"],
): readonly [number, number] {
  const [x, y] = [size.width / image.width, size.height / image.height];
  if (fit === "stretch") return [size.width, size.height];
  const scale = fit === "cover" ? Math.max(x, y) : Math.min(x, y);
  return [image.width * scale, image.height * scale];
}
