/**
 * Colours of runs and terms: eight that people with a colour vision deficiency can tell apart (after Okabe and Ito),
 * adjusted for a contrast of at least 3 : 1 with the background; after those, hues a golden angle apart.
 */
export type Ground = "dark" | "light";

const named: Readonly<Record<Ground, readonly string[]>> = {
  dark: ["#4ea1ff", "#ffa63d", "#3ecf9b", "#f4739c", "#c99bff", "#f2e05c", "#64d8f0", "#ff7f5c"],
  light: ["#0b62c4", "#b35900", "#087f5b", "#c2255c", "#7a3cc9", "#7d6a00", "#0b7285", "#c0392b"],
};

const goldenAngle = 137.508;

export function colour(index: number, ground: Ground): string {
  const known = named[ground][index];
  if (known !== undefined) return known;
  const hue = Math.round((index * goldenAngle) % 360);
  // The lightness alternates as well: with many runs, hues alone come too close.
  const step = index % 3;
  return ground === "dark" ? `hsl(${hue} 75% ${62 + 8 * step}%)` : `hsl(${hue} 75% ${28 + 6 * step}%)`;
}

/** Dashes repeat with another period than the colours, so that both together distinguish more runs. */
export function dash(index: number): readonly number[] {
  return [[], [6, 3], [2, 3], [8, 3, 2, 3]][Math.floor(index / 8) % 4] ?? [];
}
