import type { FileMetaData } from "hyparquet";

/**
 * The time zones of columns: Parquet itself says only that times are in UTC, so Arrow and pandas keep the zone beside the schema.
 * Columns are named as in the file; one without a zone is not there.
 */
export function timeZonesOf({ key_value_metadata: pairs = [] }: FileMetaData): ReadonlyMap<string, string> {
  const textOf = (wanted: string) => pairs.find(({ key }) => key === wanted)?.value;
  return new Map([...pandasZones(textOf("pandas")), ...arrowZones(textOf("ARROW:schema"))]);
}

type Zone = readonly [column: string, zone: string];

function pandasZones(text = "{}"): readonly Zone[] {
  try {
    const { columns = [] } = JSON.parse(text) as {
      columns?: { field_name?: string; name?: string; metadata?: { timezone?: unknown } | null }[];
    };
    return columns.flatMap(({ field_name: field, name = field, metadata }) =>
      typeof name === "string" && typeof metadata?.timezone === "string"
        ? [[name, metadata.timezone] as const]
        : [],
    );
  } catch {
    return [];
  }
}

/** `Type` of Arrow's Schema.fbs. */
const timestamp = 10;

/** Of a schema in Arrow's IPC format (FlatBuffers, Message.fbs and Schema.fbs), as base64. */
function arrowZones(text = ""): readonly Zone[] {
  try {
    const bytes = Buffer.from(text, "base64");
    if (bytes.length < 8) return [];
    // Behind a marker and the length.
    const view = bytes.subarray(bytes.readUInt32LE(0) === 0xffffffff ? 8 : 4);
    const schema = tableAt(view, fieldAt(view, view.readUInt32LE(0), 2));
    const fields = schema && fieldAt(view, schema, 1);
    if (!fields) return [];
    const list = fields + view.readUInt32LE(fields);
    const zones: Zone[] = [];
    for (let index = 0; index < view.readUInt32LE(list); index++) {
      const field = tableAt(view, list + 4 + 4 * index) as number;
      const kind = fieldAt(view, field, 2);
      if (!kind || view.readUInt8(kind) !== timestamp) continue;
      const name = textAt(view, fieldAt(view, field, 0));
      const type = tableAt(view, fieldAt(view, field, 3));
      const zone = type && textAt(view, fieldAt(view, type, 1));
      if (name !== undefined && zone) zones.push([name, zone]);
    }
    return zones;
  } catch {
    return [];
  }
}

/** Where a field of a table stands; undefined where it has its default. */
function fieldAt(view: Buffer, table: number, field: number): number | undefined {
  const layout = table - view.readInt32LE(table);
  const place = 4 + 2 * field;
  const offset = place < view.readUInt16LE(layout) ? view.readUInt16LE(layout + place) : 0;
  return offset === 0 ? undefined : table + offset;
}

const tableAt = (view: Buffer, place: number | undefined): number | undefined =>
  place === undefined ? undefined : place + view.readUInt32LE(place);

function textAt(view: Buffer, place: number | undefined): string | undefined {
  const at = tableAt(view, place);
  return at === undefined ? undefined : view.toString("utf8", at + 4, at + 4 + view.readUInt32LE(at));
}

/** No zone changes its clocks within one. */
const quarterHour = 900_000;

/**
 * A time as a clock in its zone shows it, with the offset, as CSV and JSON of pandas have it: 2024-01-01T02:00:00.000-05:00.
 * Undefined for UTC, and for a zone that is not known, whose times stay in UTC.
 */
export function clockIn(zone: string): ((time: Date) => string) | undefined {
  const shift = /^(Etc\/)?(UTC|GMT)$/.test(zone) ? undefined : offsetIn(zone);
  if (shift === undefined) return undefined;
  const known = new Map<number, number>();
  return (time) => {
    if (Number.isNaN(time.getTime())) return "";
    const quarter = Math.floor(time.getTime() / quarterHour);
    const minutes = known.get(quarter) ?? shift(new Date(quarter * quarterHour));
    known.set(quarter, minutes);
    const shown = new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, -1);
    const two = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, "0");
    return `${shown}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  };
}

/** Minutes by which the clocks of a zone are ahead of UTC, at a time. */
function offsetIn(zone: string): ((time: Date) => number) | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign !== undefined) {
    const fixed = Number(`${sign}1`) * (60 * Number(hours) + Number(minutes));
    return () => fixed;
  }
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
    return (time) => {
      const name = format.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
      const [, sign = "+", hours = "0", minutes = "0"] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
      return Number(`${sign}1`) * (60 * Number(hours) + Number(minutes));
    };
  } catch {
    return undefined;
  }
}
