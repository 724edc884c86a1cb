type Scalar = string | number | null | readonly never[];

/** A flat mapping in YAML, each key a line, in ASCII alone. */
export const yaml = (values: Readonly<Record<string, Scalar>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${typeof value === "string" ? quoted(value) : JSON.stringify(value)}\n`)
    .join("");

/** In double quotes, where YAML has escapes for every character; half of a surrogate pair is U+FFFD. */
export const quoted = (text: string): string =>
  `"${Buffer.from(text)
    .toString()
    .replaceAll(/["\\]/g, "\\$&")
    .replaceAll(/[^ -~]/gu, (other) => `\\U${(other.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`)}"`;
