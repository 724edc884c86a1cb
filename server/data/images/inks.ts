/**
 * Red, green and blue of cyan, magenta, yellow and black, as Pillow's convert("RGB") computes them (Convert.c, cmyk2rgb): no profile of a
 * press is asked, as no other profile is.
 * @param inks [pixels, 4]
 * @returns [pixels, 3]
 */
export function withoutInks(inks: Uint8Array): Uint8Array {
  const count = Math.floor(inks.length / 4);
  const colours = new Uint8Array(count * 3);
  for (let pixel = 0; pixel < count; pixel++) {
    const light = 255 - (inks[pixel * 4 + 3] as number);
    for (let channel = 0; channel < 3; channel++)
      colours[pixel * 3 + channel] = light - share(inks[pixel * 4 + channel] as number, light);
  }
  return colours;
}

/** a · b / 255, rounded. */
function share(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}
