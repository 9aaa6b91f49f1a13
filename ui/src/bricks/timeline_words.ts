/** How the timeline sorts and words its entries. Pure. */
import type { Label, TimelineEntry } from "~/api/types";
import { dayOf, daysBetween, type Moment } from "~/format/dates";

export interface Period {
  /** `today`, `yesterday`, `thisWeek`, `lastWeek`, or the month itself. */
  key: string;
  /** `2026-10`, for what is older than last week. */
  month: string | null;
}

/** The part of the past that an instant belongs to; weeks begin on Monday. */
export function periodOf(iso: string, moment: Moment): Period {
  const day = dayOf(new Date(iso), moment.zone);
  const today = dayOf(moment.now, moment.zone);
  const ago = daysBetween(day, today);
  if (ago <= 0) return { key: "today", month: null };
  if (ago === 1) return { key: "yesterday", month: null };
  const sinceMonday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7;
  if (ago <= sinceMonday) return { key: "thisWeek", month: null };
  if (ago <= sinceMonday + 7) return { key: "lastWeek", month: null };
  return { key: day.slice(0, 7), month: day.slice(0, 7) };
}

const MACHINES = new Set(["import", "flow", "timer", "source", "system", "rule"]);

/** Whether the product did it, not a person. */
export function isMachine(entry: TimelineEntry): boolean {
  return MACHINES.has(entry.via ?? "");
}

/** The reason in words, in whichever form it came; "" where none did. */
export function causeText(cause: unknown, label: (label: Label | string) => string): string {
  if (typeof cause !== "object" || cause === null) return "";
  if ("zh" in cause) return label(cause as Label);
  for (const name of ["message", "reason", "label", "title"]) {
    const inner = (cause as Record<string, unknown>)[name];
    if (inner) return causeText(inner, label);
  }
  return "";
}
