import { type Call, listOf, Misfit, numberOf, textOf } from "./operator.ts";

/** How a window slides over the places of an image, one entry an axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly [number, number][];
  readonly rounding: "floor" | "ceil";
}

/** @param kernel extents of the window @param places extents of the image, where the padding follows from them */
export function windowOf(call: Call, kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1);
  const strides = listOf(call, "strides") ?? ones;
  const dilations = listOf(call, "dilations") ?? ones;
  const list = listOf(call, "pads") ?? kernel.flatMap(() => [0, 0]);
  const places = (call.inputs[0]?.shape ?? []).slice(2);
  const auto = textOf(call, "auto_pad", "NOTSET");
  for (const [name, given] of Object.entries({ strides, dilations, kernel }))
    if (given.length !== kernel.length || given.some((extent) => !(extent >= 1 && extent <= 2 ** 16)))
      throw new Misfit(`${kernel.length} ${name} of 1 and more`, `[${given.join(", ")}]`);
  if (list.length !== 2 * kernel.length || list.some((extent) => !(extent >= 0 && extent <= 2 ** 16)))
    throw new Misfit(`${2 * kernel.length} paddings of 0 and more`, `[${list.join(", ")}]`);
  const pads = kernel.map((extent, axis): [number, number] => {
    if (auto === "VALID") return [0, 0];
    if (!auto.startsWith("SAME")) return [list[axis] as number, list[axis + kernel.length] as number];
    const [stride, span] = [strides[axis] as number, (extent - 1) * (dilations[axis] as number) + 1];
    const place = places[axis] as number;
    const whole = Math.max(0, (Math.ceil(place / stride) - 1) * stride + span - place);
    const less = Math.floor(whole / 2);
    return auto === "SAME_UPPER" ? [less, whole - less] : [whole - less, less];
  });
  return {
    kernel,
    strides,
    dilations,
    pads,
    rounding: numberOf(call, "ceil_mode", 0) === 1 ? "ceil" : "floor",
  };
}

/** Places of the output. @throws where the window is larger than the image */
export function windowed(places: readonly number[], window: Window): number[] {
  return places.map((place, axis) => {
    const [before, after] = window.pads[axis] as [number, number];
    const stride = window.strides[axis] as number;
    const span = ((window.kernel[axis] as number) - 1) * (window.dilations[axis] as number) + 1;
    const room = place + before + after - span;
    if (room < 0) throw new Misfit(`an image of at least ${span - before - after}`, String(place));
    const count = Math[window.rounding](room / stride) + 1;
    // A window that would begin behind the image and its first padding is left out.
    return window.rounding === "ceil" && (count - 1) * stride >= place + before ? count - 1 : count;
  });
}
