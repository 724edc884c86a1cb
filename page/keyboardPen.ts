import { element } from "../extension/webview/dom.ts";

/** A line across the longer side takes about so many presses. */
const strides = 28;

const moves: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export interface KeyboardPen {
  /** The canvas, with the pen over it where the keyboard is there. */
  readonly element: HTMLElement;
  /** What the keys do. */
  readonly help: HTMLElement;
}

interface Pen {
  /** Pixels of the student's image. */
  readonly height: number;
  readonly width: number;
  /** Draws between places of the window. */
  readonly draw: (from: DOMPointReadOnly, to: DOMPointReadOnly) => void;
}

/** Arrows move a pen over the canvas, Space puts it down and lifts it; each press is told to a screen reader. */
export function keyboardPen(canvas: HTMLCanvasElement, { height, width, draw }: Pen): KeyboardPen {
  const stride = Math.max(1, Math.round(Math.max(height, width) / strides));
  const pen = element("span", { class: "pen", attributes: { "aria-hidden": "true" } });
  const told = element("p", { class: "unseen", attributes: { role: "status" } });
  const help = element("p", {
    class: "note",
    text: "Keyboard: arrows move the pen, Space puts it down and lifts it.",
    attributes: { id: "drawing-keys" },
  });
  canvas.setAttribute("aria-describedby", help.id);
  let [row, column] = [Math.floor(height / 2), Math.floor(width / 2)];
  let isDown = false;
  const place = () => {
    const box = canvas.getBoundingClientRect();
    const x = box.left + ((column + 0.5) * box.width) / width;
    return new DOMPointReadOnly(x, box.top + ((row + 0.5) * box.height) / height);
  };
  const show = () => {
    pen.style.left = `${(100 * (column + 0.5)) / width}%`;
    pen.style.top = `${(100 * (row + 0.5)) / height}%`;
    pen.classList.toggle("down", isDown);
  };
  const within = (at: number, size: number) => Math.min(size - 1, Math.max(0, at));
  canvas.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if ((move === undefined && event.key !== " ") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const before = place();
    if (move) {
      row = within(row + move[0] * stride, height);
      column = within(column + move[1] * stride, width);
    } else if (!event.repeat) isDown = !isDown;
    if (isDown) draw(before, place());
    show();
    told.textContent = `Pen ${isDown ? "down" : "up"}, row ${row + 1} of ${height}, column ${column + 1} of ${width}`;
  });
  // A pen that is left down would draw where a person comes back to.
  canvas.addEventListener("blur", () => {
    isDown = false;
    show();
  });
  show();
  return { element: element("div", { class: "drawing" }, [canvas, pen, told]), help };
}
