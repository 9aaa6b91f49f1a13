/** Reads the options of bricks, which come as data, into the types that bricks want. Pure. */
import type { Group, Label } from "~/api/types";

export function textProp(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}

export function textsProp(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Names of fields, given as names or as `{field}`. */
export function fieldsProp(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => {
    if (typeof item === "string") return [item];
    const name = typeof item === "object" && item !== null && "field" in item ? item.field : null;
    return typeof name === "string" ? [name] : [];
  });
}

export function labelProp(value: unknown): Label | null {
  if (typeof value === "string" && value) return { zh: value, en: value };
  if (typeof value === "object" && value !== null && "zh" in value) return value as Label;
  return null;
}

export function filterProp(value: unknown): Group | null {
  return typeof value === "object" && value !== null && "rules" in value ? (value as Group) : null;
}

/** Widths as CSS grid tracks: small numbers are shares, larger ones pixels. */
export function tracksProp(value: unknown, count: number): string {
  const widths = Array.isArray(value) ? value : [];
  return Array.from({ length: count }, (_, index) => track(widths[index])).join(" ");
}

const MOST_SHARES = 24;

function track(width: unknown): string {
  if (typeof width === "string" && /^\d+(\.\d+)?(px|fr|%)$/.test(width)) {
    return width.endsWith("fr") ? `minmax(0, ${width})` : width;
  }
  if (typeof width === "number")
    return width <= MOST_SHARES ? `minmax(0, ${width}fr)` : `${width}px`;
  return "minmax(0, 1fr)";
}
