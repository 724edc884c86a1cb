import { button, element } from "../extension/webview/dom.ts";
import { withChannels } from "../server/data/images/channels.ts";
import { resizeImages } from "../server/data/images/resize.ts";
import type { FormOptions, InputForm } from "./inputForm.ts";

/** Longer side of the canvas in pixels, at least. */
const canvasSide = 280;
/** Width of a line, as a share of it. */
const lineShare = 0.08;

/** Draws on a canvas, or takes an image that is dropped, pasted or chosen; the student sees it at its own size. */
export function imageForm({ content, tell }: FormOptions): InputForm {
  const { input, raw, fit } = content;
  const [height = 1, width = 1, channels = 1] = input.shape;
  const scale = Math.max(1, Math.round(canvasSide / Math.max(height, width)));
  const size = { width: width * scale, height: height * scale };
  const canvas = element("canvas", {
    attributes: {
      width: String(size.width),
      height: String(size.height),
      tabindex: "0",
      role: "img",
      "aria-label": "What the student sees. Draw with the pointer, or drop or paste an image",
    },
  });
  const pen = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  const colour = element("input", {
    attributes: { type: "color", value: "#ffffff", "aria-label": "Colour" },
  });
  const file = element("input", {
    attributes: { type: "file", accept: "image/*", "aria-label": "Choose an image" },
  });
  const [least, most] = raw.range;

  const clear = () => {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, size.width, size.height);
  };
  const see = () => {
    const { data } = pen.getImageData(0, 0, size.width, size.height);
    const opaque = new Uint8Array(size.width * size.height * 3);
    for (let i = 0; i < size.width * size.height; i++) opaque.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
    const pixels = withChannels(opaque, size.width * size.height, channels === 1 ? 1 : 3);
    const seen = resizeImages(
      Float32Array.from(pixels),
      [size.height, size.width, channels],
      [height, width],
    );
    tell(
      seen.map((value) =>
        raw.dtype === "uint8" ? Math.round(value) : least + (value / 255) * (most - least),
      ),
    );
  };
  const take = async (image: Blob | undefined | null) => {
    if (!image) return;
    const bitmap = await createImageBitmap(image).catch(() => undefined);
    if (bitmap === undefined) return tell("This is no image that the browser can read.");
    clear();
    const [x, y] = [size.width / bitmap.width, size.height / bitmap.height];
    const [wide, high] =
      fit === "stretch"
        ? [x, y]
        : fit === "cover"
          ? [Math.max(x, y), Math.max(x, y)]
          : [Math.min(x, y), Math.min(x, y)];
    const [w, h] = [bitmap.width * wide, bitmap.height * high];
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, (size.width - w) / 2, (size.height - h) / 2, w, h);
    see();
  };

  let before: { readonly x: number; readonly y: number } | undefined;
  const line = ({ clientX, clientY }: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    const at = {
      x: ((clientX - box.left) * size.width) / box.width,
      y: ((clientY - box.top) * size.height) / box.height,
    };
    const from = before ?? at;
    pen.strokeStyle = channels === 1 ? "#fff" : colour.value;
    pen.lineWidth = lineShare * Math.max(size.width, size.height);
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(at.x, at.y);
    pen.stroke();
    before = at;
    see();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    before = undefined;
    line(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons === 1) line(event);
  });
  const invert = () => {
    pen.globalCompositeOperation = "difference";
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, size.width, size.height);
    pen.globalCompositeOperation = "source-over";
    see();
  };
  const root = element("div", { class: "form" }, [
    canvas,
    element("div", { class: "controls" }, [
      channels !== 1 && colour,
      button("Clear", () => {
        clear();
        see();
      }),
      button("Invert", invert),
      file,
    ]),
  ]);
  file.addEventListener("change", () => void take(file.files?.[0]));
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  });
  document.addEventListener("paste", (event) => void take(event.clipboardData?.files[0]));
  clear();
  return {
    element: root,
    show(values) {
      for (let i = 0; i < height * width; i++) {
        const [r, g, b] = [0, 1, 2].map((c) => {
          const value = values[i * channels + (channels === 1 ? 0 : c)] as number;
          return raw.dtype === "uint8" ? value : (255 * (value - least)) / (most - least || 1);
        });
        pen.fillStyle = `rgb(${r} ${g} ${b})`;
        pen.fillRect((i % width) * scale, Math.floor(i / width) * scale, scale, scale);
      }
    },
  };
}
