/** Filters as the contract writes them, and the operators and relative days that chips offer. Pure. */
import type { Field, Group, Json, Operator, Rule } from "~/api/types";
import { shownType } from "~/fields/values";

export const EVERYTHING: Group = { combinator: "and", rules: [] };

/** The windows of days with names of their own; beside them `last_7_days` and `next_30_days`. */
export const NAMED_WINDOWS = [
  "today",
  "yesterday",
  "tomorrow",
  "this_week",
  "last_week",
  "next_week",
  "this_month",
  "last_month",
  "next_month",
  "this_quarter",
  "last_quarter",
  "next_quarter",
  "this_year",
  "last_year",
  "next_year",
] as const;

export type NamedWindow = (typeof NAMED_WINDOWS)[number];

/** The windows that the editor of conditions offers. */
export const OFFERED_WINDOWS: readonly string[] = [
  ...NAMED_WINDOWS.slice(0, 3),
  "last_7_days",
  "last_30_days",
  "next_7_days",
  "next_30_days",
  ...NAMED_WINDOWS.slice(3),
];

/** A window of days in words. */
export interface WindowWords {
  named: (window: NamedWindow) => string;
  days: (which: "last" | "next", days: number) => string;
}

export function windowText(key: string, words: WindowWords): string {
  const named = NAMED_WINDOWS.find((window) => window === key);
  if (named) return words.named(named);
  const found = /^(last|next)_(\d+)_days$/.exec(key);
  return found ? words.days(found[1] as "last" | "next", Number(found[2])) : key;
}

const TEXT: Operator[] = [
  "contains",
  "doesNotContain",
  "=",
  "!=",
  "beginsWith",
  "endsWith",
  "null",
  "notNull",
];
const NUMBER: Operator[] = [">=", "<=", "=", "!=", ">", "<", "between", "null", "notNull"];
const DATE: Operator[] = ["=", ">=", "<=", "between", "null", "notNull"];
const CHOICE: Operator[] = ["in", "notIn", "null", "notNull"];
const LIST: Operator[] = ["contains", "doesNotContain", "null", "notNull"];
const PRESENCE: Operator[] = ["notNull", "null"];

const OPERATORS: Readonly<Record<string, Operator[]>> = {
  text: TEXT,
  long_text: TEXT,
  email: TEXT,
  url: TEXT,
  phone: TEXT,
  auto_number: TEXT,
  integer: NUMBER,
  decimal: NUMBER,
  money: NUMBER,
  percent: NUMBER,
  date: DATE,
  datetime: DATE,
  select: CHOICE,
  reference: CHOICE,
  user: CHOICE,
  department: CHOICE,
  multi_select: LIST,
  references: LIST,
  boolean: ["=", "null", "notNull"],
  address: PRESENCE,
  file: PRESENCE,
  lines: PRESENCE,
};

/** The operators that a chip offers for a field, the likeliest first. */
export function operatorsOf(field: Field): Operator[] {
  const usual = OPERATORS[shownType(field)] ?? PRESENCE;
  return field.operators ? usual.filter((one) => field.operators?.includes(one)) : usual;
}

export function isGroup(rule: Rule | Group): rule is Group {
  return "rules" in rule;
}

export function isEverything(filter: Group | null | undefined): boolean {
  return !filter || filter.rules.length === 0;
}

export function needsValue(operator: Operator): boolean {
  return operator !== "null" && operator !== "notNull";
}

/** Whether a rule says enough to be sent. */
export function isComplete(rule: Rule): boolean {
  if (!needsValue(rule.operator)) return true;
  if (rule.operator === "between") {
    return (
      Array.isArray(rule.value) &&
      rule.value.length === 2 &&
      rule.value.every((item) => !blank(item))
    );
  }
  return Array.isArray(rule.value) ? rule.value.length > 0 : !blank(rule.value);
}

function blank(value: Json | undefined): boolean {
  return value === null || value === undefined || value === "";
}

/** A filter that holds where all of the given ones hold; null is all. */
export function both(...filters: (Group | null | undefined)[]): Group | null {
  const said = filters.filter((filter) => !isEverything(filter)) as Group[];
  if (said.length <= 1) return said[0] ?? null;
  return {
    combinator: "and",
    rules: said.flatMap((filter) => (flat(filter) ? filter.rules : [filter])),
  };
}

function flat(filter: Group): boolean {
  return filter.combinator === "and" && !filter.not;
}

/** The filter as a list of chips: an `and` in its parts, anything else as one. */
export function chipsOf(filter: Group | null | undefined): (Rule | Group)[] {
  if (isEverything(filter) || !filter) return [];
  return flat(filter) ? filter.rules : [filter];
}

export function fromChips(chips: (Rule | Group)[]): Group {
  return { combinator: "and", rules: chips };
}

export function sameFilter(
  one: Group | null | undefined,
  other: Group | null | undefined,
): boolean {
  return JSON.stringify(chipsOf(one)) === JSON.stringify(chipsOf(other));
}

/** The rules that a filter's fields are named in, at any depth. */
export function fieldsOf(filter: Group | null | undefined): string[] {
  if (!filter) return [];
  return filter.rules.flatMap((rule) => (isGroup(rule) ? fieldsOf(rule) : [rule.field]));
}

/** The window that a value names; null for any other value. */
export function asRelative(value: Json | undefined): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return typeof value.relative === "string" ? value.relative : null;
}

export function isMe(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && value.me === true;
}

/** `-amount,name` in its parts. */
export interface SortKey {
  field: string;
  descending: boolean;
}

export function parseSort(sort: string | null | undefined): SortKey[] {
  return (sort ?? "")
    .split(",")
    .filter(Boolean)
    .map((part) => ({ field: part.replace(/^-/, ""), descending: part.startsWith("-") }));
}

export function writeSort(keys: SortKey[]): string {
  return keys.map((key) => (key.descending ? "-" : "") + key.field).join(",");
}

/** What a click on a header makes of the order: descending, ascending, none. With `add` the others stay. */
export function sortedBy(keys: SortKey[], field: string, add: boolean): SortKey[] {
  const found = keys.find((key) => key.field === field);
  const next = !found
    ? [{ field, descending: true }]
    : found.descending
      ? [{ field, descending: false }]
      : [];
  if (!add) return next;
  return found ? keys.flatMap((key) => (key.field === field ? next : [key])) : [...keys, ...next];
}
