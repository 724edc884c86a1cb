export function experimentReference(): string {
  return "";
}
