import { button, element } from "../extension/webview/dom.ts";
import { drawing } from "./drawing.ts";
import type { FormOptions, InputForm } from "./inputForm.ts";
import { keyboardPen } from "./keyboardPen.ts";

/** Draws on a canvas by pointer or keyboard, or takes an image that is dropped, pasted or chosen; the student sees it at its own size. */
export function imageForm({ content, tell }: FormOptions): InputForm {
  const drawn = drawing(content);
  const { canvas, clear, invert } = drawn;
  const colour = element("input", {
    attributes: { type: "color", value: "#ffffff", "aria-label": "Colour" },
  });
  const file = element("input", {
    attributes: { type: "file", accept: "image/*", "aria-label": "Choose an image" },
  });
  /** Changes the image, and has the student see it. */
  const change = (work: () => void) => {
    work();
    tell(drawn.values());
  };
  const take = async (image: Blob | undefined | null) => {
    if (!image) return;
    const bitmap = await createImageBitmap(image).catch(() => undefined);
    if (bitmap === undefined) tell("This is no image that the browser can read.");
    else change(() => drawn.place(bitmap));
  };
  const draw = (from: DOMPointReadOnly, to: DOMPointReadOnly) =>
    change(() => drawn.line(from, to, colour.value));
  drawByPointer(canvas, draw);
  const [height = 1, width = 1] = content.input.shape;
  const pen = keyboardPen(canvas, { height, width, draw });
  const root = element("div", { class: "form" }, [
    pen.element,
    pen.help,
    element("div", { class: "controls" }, [
      (content.input.shape[2] ?? 1) !== 1 && colour,
      button("Clear", () => change(clear)),
      button("Invert", () => change(invert)),
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
    show: drawn.show,
    begin: () => tell("Draw an image, or drop, paste or choose one."),
  };
}

/** Tells each piece of a line that is drawn, between places of the window. */
function drawByPointer(
  canvas: HTMLCanvasElement,
  draw: (from: DOMPointReadOnly, to: DOMPointReadOnly) => void,
): void {
  let before: DOMPointReadOnly | undefined;
  const goOn = ({ clientX, clientY }: PointerEvent) => {
    const at = new DOMPointReadOnly(clientX, clientY);
    draw(before ?? at, at);
    before = at;
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    before = undefined;
    goOn(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons === 1) goOn(event);
  });
}
