import type { Drawn } from "../../../server/inspection/pictures.ts";
import { element } from "../dom.ts";

/** A picture as an image, which what it shows is told of. */
export const pictureView = ({ svg, words }: Drawn): HTMLElement =>
  element("img", { attributes: { src: `data:image/svg+xml,${encodeURIComponent(svg)}`, alt: words } });
