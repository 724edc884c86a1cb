import type { Job } from "../../schemas/run-files.gen.ts";
import { settingsText } from "../terminal/wording.ts";

/** Nets that are named. */
const mostNamed = 10;

/**
 * Which combinations a sweep does not train, as their students take longer than its budget allows, the fastest first:
 * `Slower than 0.5 ms a prediction, so not trained: student.hidden[0]=512 (0.81 ms)`. undefined where there are none.
 */
export function slowText(latency: Job["latency"]): string | undefined {
  const slow = (latency?.nets ?? [])
    .flatMap(({ ms, refused: [first, ...others] = [] }) =>
      first === undefined ? [] : [{ ms, first, others }],
    )
    .sort((a, b) => a.ms - b.ms);
  if (slow.length === 0) return undefined;
  const words = slow.slice(0, mostNamed).map(({ ms, first, others }) => {
    const more = others.length === 0 ? "" : ` and ${others.length} more with its layers`;
    return `${settingsText(first)}${more} (${ms} ms)`;
  });
  const rest = slow.length > mostNamed ? `, and ${slow.length - mostNamed} other students` : "";
  return `Slower than ${latency?.limit} ms a prediction, so not trained: ${words.join(", ")}${rest}`;
}
