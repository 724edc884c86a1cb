/*
 * What `import … from "distillery"` gives a person's module.
 */

// biome-ignore lint/performance/noBarrelFile: it is the one file that modules import from
export { boolean, choice, integer, list, number, optional, text } from "../parameters/parameter.ts";
export { defineAugmentation } from "./defineAugmentation.ts";
export { defineLayer } from "./defineLayer.ts";
export { defineLoss } from "./defineLoss.ts";
export { defineStudent } from "./defineStudent.ts";
