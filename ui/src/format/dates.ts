/** Times as people say them. Pure: the present and the zone are passed in. */
import type { Language } from "~/api/types";
import { units } from "~/i18n/locales/units";

/** Where and when the reader is. */
export interface Moment {
  now: Date;
  /** An IANA zone: days begin at its midnight. */
  zone: string;
  language: Language;
}

/** How near a deadline is, for its colour. */
export type Urgency = "late" | "soon" | "later";

const DAY = 86_400_000;
const MINUTE = 60_000;
/** A past or coming instant: minutes ago, near days by name, then `11-12 14:20`, `2025-11-12`. */
export function when(iso: string, moment: Moment): string {
  const at = new Date(iso);
  const minutes = Math.floor((moment.now.getTime() - at.getTime()) / MINUTE);
  // The clock of the page moves on in steps, so that what just happened may lie a little ahead of it.
  if (minutes >= -1 && minutes < 60) return minutesAgo(minutes, moment.language);
  const then = local(at, moment.zone);
  const today = local(moment.now, moment.zone);
  const day = nearDay(then.date, today.date, moment.language);
  if (day) return `${day} ${then.time}`;
  return sameYear(then.date, today.date) ? `${then.date.slice(5)} ${then.time}` : then.date;
}

/** A day without a time: near days by name, then `11-12`, `2025-11-12`. */
export function day(date: string, moment: Moment): string {
  const today = local(moment.now, moment.zone).date;
  const near = units[moment.language].near[daysBetween(today, date)];
  if (near) return near;
  return sameYear(date, today) ? date.slice(5) : date;
}

/** A day with its weekday, for where there is room: `Sat, Dec 5`. */
export function longDay(date: string, moment: Moment): string {
  const at = new Date(`${date}T00:00:00Z`);
  const words = units[moment.language];
  const weekday = words.weekdays[at.getUTCDay()] ?? "";
  const today = local(moment.now, moment.zone).date;
  const year = sameYear(date, today) ? "" : date.slice(0, 4);
  const month = at.toLocaleDateString("en", { month: "short", timeZone: "UTC" });
  return words.longDay(year, at.getUTCMonth() + 1, month, at.getUTCDate(), weekday);
}

/** What is left until a deadline, or by how much it is missed. */
export function deadline(iso: string, moment: Moment): { text: string; urgency: Urgency } {
  const left = new Date(iso).getTime() - moment.now.getTime();
  const words = units[moment.language];
  if (left < 0) return { text: words.overdue(rough(-left, moment.language)), urgency: "late" };
  if (left < DAY) return { text: words.left(length(left, moment.language)), urgency: "soon" };
  return { text: when(iso, moment), urgency: "later" };
}

/** The exact instant, for hovering: 2026-11-24 10:30:05. */
export function exactly(iso: string, zone: string): string {
  const { date, time, seconds } = local(new Date(iso), zone);
  return `${date} ${time}:${seconds}`;
}

/** The day (`YYYY-MM-DD`) of an instant in a zone. */
export function dayOf(at: Date, zone: string): string {
  return local(at, zone).date;
}

/** Whole days from one `YYYY-MM-DD` to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY);
}

function minutesAgo(minutes: number, language: Language): string {
  const words = units[language];
  return minutes < 1 ? words.justNow : words.minutesAgo(minutes);
}

function nearDay(date: string, today: string, language: Language): string | undefined {
  const distance = daysBetween(today, date);
  const near = units[language].near[distance];
  if (near) return near;
  if (Math.abs(distance) > 6) return undefined;
  return units[language].weekdays[new Date(`${date}T00:00:00Z`).getUTCDay()];
}

/** Hours and minutes, from a day on whole days. */
function length(milliseconds: number, language: Language): string {
  const words = units[language];
  const minutes = Math.floor(milliseconds / MINUTE);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours >= 24) return `${Math.floor(hours / 24)} ${words.day}`;
  if (hours === 0) return `${Math.max(minutes, 1)} ${words.minute}`;
  return rest === 0 ? `${hours} ${words.hour}` : words.hoursAndMinutes(hours, rest);
}

/** One unit: what is late by hours is not told to the minute. */
function rough(milliseconds: number, language: Language): string {
  const hours = Math.floor(milliseconds / MINUTE / 60);
  return hours >= 1 && hours < 24
    ? `${hours} ${units[language].hour}`
    : length(milliseconds, language);
}

function sameYear(one: string, other: string): boolean {
  return one.slice(0, 4) === other.slice(0, 4);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function local(at: Date, zone: string): { date: string; time: string; seconds: string } {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "medium",
    });
    formatters.set(zone, formatter);
  }
  const [date = "", time = ""] = formatter.format(at).split(" ");
  return { date, time: time.slice(0, 5), seconds: time.slice(6, 8) };
}
