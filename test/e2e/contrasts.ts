import type { Locator } from "playwright-core";

/** WCAG 2's contrast of each kind of visible text of its page with what it stands on, by tag and class; of each kind the least. */
export const contrastsOf = (page: Locator): Promise<Readonly<Record<string, number>>> =>
  page.evaluate(script);

const script = `(() => {
  const parts = (colour) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\\d.]+(?:e-?\\d+)?/g) ?? []).map(Number);
    return (colour.startsWith("color(srgb") ? [255 * red, 255 * green, 255 * blue] : [red, green, blue]).concat(alpha);
  };
  const over = ([r, g, b, alpha], ground) => [r, g, b].map((own, i) => own * alpha + ground[i] * (1 - alpha)).concat(1);
  const luminance = (colour) => {
    const [r, g, b] = colour.map((own) => (own / 255 <= 0.03928 ? own / 255 / 12.92 : ((own / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.textContent.trim() === "" || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("script, style, [disabled]")) continue;
    let ground = [255, 255, 255, 1];
    let opacity = 1;
    const chain = [];
    for (let one = element; one; one = one.parentElement) chain.unshift(getComputedStyle(one));
    for (const style of chain) {
      ground = over(parts(style.backgroundColor), ground);
      opacity *= Number(style.opacity);
    }
    const style = getComputedStyle(element);
    const [r, g, b, alpha] = parts(element instanceof SVGElement ? style.fill : style.color);
    const ink = over([r, g, b, alpha * opacity], ground);
    const [dark, light] = [luminance(ink), luminance(ground)].sort((x, y) => x - y);
    const kind = [element.localName, ...element.classList].join(".");
    found[kind] = Math.min(found[kind] ?? 21, (light + 0.05) / (dark + 0.05));
  }
  return found;
})()`;
