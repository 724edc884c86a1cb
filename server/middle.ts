/** Cuts a long text in its middle, since both ends help to recognise it. */
export function middle(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = Math.ceil((longest - 1) / 2);
  return `${text.slice(0, head).trimEnd()}…${text.slice(text.length - (longest - 1 - head)).trimStart()}`;
}
