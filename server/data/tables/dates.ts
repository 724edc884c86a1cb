import type { DatePart } from "./columnKinds.ts";

/** ISO 8601: a day, or a time of it, with or without a zone. */
const iso = /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Milliseconds since 1970, or undefined of what is no date. A time zone is not applied: a date's parts are those that it shows. */
export function parseDate(text: string): Date | undefined {
  const [, year, month, day, hour = "0", minute = "0", second = "0"] = iso.exec(text) ?? [];
  if (year === undefined) return undefined;
  const [y, m, d, h, min, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (h > 23 || min > 59 || s > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(y, m - 1, d);
  date.setUTCHours(h, min, s);
  return date.getUTCMonth() === m - 1 && date.getUTCDate() === d ? date : undefined;
}

const millisecondsPerDay = 86_400_000;

export const partOf: Readonly<Record<DatePart, (date: Date) => number>> = {
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  weekday: (date) => (date.getUTCDay() + 6) % 7,
  dayOfYear: (date) => (startOfDay(date) - Date.UTC(date.getUTCFullYear(), 0, 1)) / millisecondsPerDay + 1,
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  second: (date) => date.getUTCSeconds(),
  days: (date) => startOfDay(date) / millisecondsPerDay,
};

const startOfDay = (date: Date): number =>
  Math.floor(date.getTime() / millisecondsPerDay) * millisecondsPerDay;
