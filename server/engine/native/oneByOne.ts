import { sizeOf } from "../../sizeOf.ts";
import type { Data, Entry, NamedData } from "../program.ts";

/** Runs an entry several times on a runtime that has no call for it: splits the feeds and joins the outputs. */
export async function oneByOne(
  { inputs }: Pick<Entry, "inputs">,
  feeds: NamedData,
  times: number,
  run: (feeds: NamedData) => Promise<NamedData>,
): Promise<NamedData> {
  if (times === 1) return run(feeds);
  const joined: Record<string, Data> = {};
  for (let time = 0; time < times; time++) {
    const part = Object.entries(inputs).map(([name, { shape }]): [string, Data] => {
      const size = sizeOf(shape);
      return [name, (feeds[name] as Data).subarray(time * size, (time + 1) * size)];
    });
    for (const [name, data] of Object.entries(await run(Object.fromEntries(part)))) {
      joined[name] ??= new (data.constructor as new (length: number) => Data)(times * data.length);
      joined[name].set(data, time * data.length);
    }
  }
  return joined;
}
