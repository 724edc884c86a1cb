import type { Link } from "../../../server/chart/svg.ts";
import type { Drawn } from "../../../server/inspection/pictures.ts";
import type { InspectedNetwork } from "../../../server/protocol.ts";
import { element } from "../dom.ts";

/** A cell of a scatter, and what is in it. */
interface ScatterCell {
  readonly network: InspectedNetwork;
  readonly target: number;
  readonly prediction: number;
  readonly words: string;
}

interface Scatter {
  readonly picture: (linkOf: (target: number, prediction: number) => Link | undefined) => Drawn;
  readonly cells: readonly ScatterCell[];
  readonly select: (cell: Omit<ScatterCell, "words">) => void;
}

/** So many pixels beside a cell, a click is still meant for it. */
const reach = 12;

/** A scatter whose cells lead to their samples: by a click, or by Enter on the one that arrows have gone to. */
export function scatterView({ picture, cells, select }: Scatter): HTMLElement {
  const keyed = new Map(cells.map((cell) => [keyOf(cell.target, cell.prediction), cell]));
  const { svg, words } = picture((target, prediction) => {
    const key = keyOf(target, prediction);
    const cell = keyed.get(key);
    return cell && { href: key, words: cell.words };
  });
  const drawn = document.importNode(
    new DOMParser().parseFromString(svg, "image/svg+xml").documentElement,
    true,
  );
  const links = [...drawn.querySelectorAll<SVGAElement>("a")];
  for (const [index, link] of links.entries()) link.setAttribute("tabindex", index === 0 ? "0" : "-1");
  const root = element("div", {
    class: "scatter",
    attributes: { role: "group", "aria-label": words },
    on: {
      click: (event) => {
        const link = linkAt(links, event);
        const cell = keyed.get(link?.getAttribute("href") ?? "");
        if (cell === undefined) return;
        // The editor would open it as a link of its own.
        event.preventDefault();
        event.stopPropagation();
        select({ network: cell.network, target: cell.target, prediction: cell.prediction });
      },
      keydown: (event) => {
        const { key, target } = event;
        const from = links.find((link) => link === target);
        const to = from && nextLink(links, from, key);
        if (to === undefined) return;
        event.preventDefault();
        from?.setAttribute("tabindex", "-1");
        to.setAttribute("tabindex", "0");
        to.focus();
      },
    },
  });
  root.append(drawn);
  return root;
}

const keyOf = (target: number, prediction: number): string => `#${target}-${prediction}`;

const middleOf = (link: Element): readonly [x: number, y: number] => {
  const { left, top, width, height } = link.getBoundingClientRect();
  return [left + width / 2, top + height / 2];
};

function linkAt(
  links: readonly SVGAElement[],
  { target, clientX, clientY }: MouseEvent,
): SVGAElement | undefined {
  const own = target instanceof Element ? target.closest("a") : null;
  const exact = links.find((link) => link === (own as Element | null));
  if (exact !== undefined) return exact;
  const far = (link: Element) => {
    const { left, right, top, bottom } = link.getBoundingClientRect();
    const aside = (at: number, from: number, to: number) => Math.max(from - at, 0, at - to);
    return Math.hypot(aside(clientX, left, right), aside(clientY, top, bottom));
  };
  const [nearest] = links.map((link) => ({ link, by: far(link) })).sort((a, b) => a.by - b.by);
  return nearest && nearest.by <= reach ? nearest.link : undefined;
}

const ways: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The nearest one that way, rather straight ahead than aside. */
function nextLink(links: readonly SVGAElement[], from: SVGAElement, key: string): SVGAElement | undefined {
  const way = ways[key];
  if (way === undefined) return undefined;
  const [x, y] = middleOf(from);
  const ahead = links.flatMap((link) => {
    const [toX, toY] = middleOf(link);
    const along = (toX - x) * way[0] + (toY - y) * way[1];
    const aside = Math.abs((toX - x) * way[1]) + Math.abs((toY - y) * way[0]);
    return along > 0.5 ? [{ link, far: along + 2 * aside }] : [];
  });
  return ahead.sort((a, b) => a.far - b.far)[0]?.link;
}
