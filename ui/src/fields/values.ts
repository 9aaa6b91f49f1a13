/** What values are, whatever shows them: their effective type, their wire form, their words. Pure. */
import type { Choice, Field, Label, Language, Reference } from "~/api/types";
import type { Moment } from "~/format/dates";
import * as dates from "~/format/dates";
import * as numbers from "~/format/numbers";
import { labelText } from "~/i18n/label";
import { units } from "~/i18n/locales/units";

/** What turning a value into words needs to know. */
export interface Wording extends Moment {
  currency: string;
  yes: string;
  no: string;
}

/** The type that a value is shown by: computed fields have the type of their result. */
export function shownType(field: Field): string {
  return field.result ?? field.type;
}

export function isNumber(field: Field): boolean {
  return ["integer", "decimal", "money", "percent"].includes(shownType(field));
}

/** Whether a sum of the field says something: prices, rates and shares of one thing don't add up. */
export function isAddable(field: Field): boolean {
  const counted = ["integer", "decimal", "money"].includes(shownType(field));
  return counted && !/price|rate|discount/.test(field.name);
}

export function isReference(field: Field): boolean {
  return ["reference", "user", "department"].includes(field.type);
}

/** The object that a reference points at. */
export function targetOf(field: Field): string {
  if (field.type === "user") return "user";
  if (field.type === "department") return "department";
  return field.object ?? "";
}

export function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  );
}

/** A reference as read; null when empty. A bare id has itself as its title. */
export function asReference(value: unknown): Reference | null {
  if (typeof value === "string" && value) return { id: value, title: "" };
  if (typeof value !== "object" || value === null || !("id" in value)) return null;
  const { id, title } = value as { id: unknown; title?: unknown };
  return { id: String(id), title: typeof title === "string" ? title : "" };
}

export function asReferences(value: unknown): Reference[] {
  if (!Array.isArray(value)) return [];
  return value.map(asReference).filter((item) => item !== null);
}

export function choiceOf(field: Field, key: unknown): Choice | undefined {
  return field.choices?.find((choice) => choice.key === key);
}

/** The value as a write sends it: references by id, empty as null. */
export function toWire(field: Field, value: unknown): unknown {
  if (isReference(field)) return asReference(value)?.id ?? null;
  if (field.type === "references" || field.type === "file")
    return asReferences(value).map((item) => item.id);
  if (value === "" || value === undefined) return null;
  if (typeof value === "string" && field.type === "text") return value.trim() || null;
  return value;
}

/** Whether two values of a field are the same to the server. */
export function sameValue(field: Field, one: unknown, other: unknown): boolean {
  return (
    JSON.stringify(toWire(field, one) ?? null) === JSON.stringify(toWire(field, other) ?? null)
  );
}

/** The value in words, short where a number allows it; `—` when empty. */
export function valueText(field: Field, value: unknown, wording: Wording): string {
  if (isEmpty(value)) return numbers.UNKNOWN;
  const write = writers[shownType(field)];
  return write ? write(field, value, wording) : plainText(value, wording.language);
}

/** The value in full, for hovering and documents. */
export function fullText(field: Field, value: unknown, wording: Wording): string {
  if (isEmpty(value)) return numbers.UNKNOWN;
  const type = shownType(field);
  if (type === "money")
    return `${numbers.exact(moneyAmount(value))} ${numbers.currencyUnit(field.currency ?? wording.currency, wording.language)}`;
  if (type === "decimal" || type === "integer")
    return withUnit(numbers.exact(String(value)), field);
  if (type === "datetime") return dates.exactly(String(value), wording.zone);
  if (type === "date") return String(value);
  return valueText(field, value, wording);
}

type Writer = (field: Field, value: unknown, wording: Wording) => string;

const writers: Readonly<Record<string, Writer>> = {
  money: (field, value, { language, currency }) =>
    numbers.amountText(moneyAmount(value), language, field.currency ?? currency),
  integer: (field, value) => withUnit(numbers.plain(String(value)), field),
  decimal: (field, value) => withUnit(numbers.plain(String(value)), field),
  percent: (field, value) => numbers.percent(String(value), field.scale ?? 1),
  boolean: (_field, value, { yes, no }) => (value === true ? yes : no),
  date: (_field, value, wording) => dates.day(String(value), wording),
  datetime: (_field, value, wording) => dates.when(String(value), wording),
  select: (field, value, { language }) => choiceText(field, value, language),
  multi_select: (field, value, { language }) =>
    listOf(value)
      .map((key) => choiceText(field, key, language))
      .join(separator(language)),
  reference: (_field, value) => asReference(value)?.title || numbers.UNKNOWN,
  user: (_field, value) => asReference(value)?.title || numbers.UNKNOWN,
  department: (_field, value) => asReference(value)?.title || numbers.UNKNOWN,
  references: (_field, value, { language }) =>
    asReferences(value)
      .map((item) => item.title)
      .join(separator(language)),
  phone: (_field, value) => phoneText(String(value)),
  file: (_field, value) => String(listOf(value).length),
  lines: (_field, value) => String(listOf(value).length),
};

function plainText(value: unknown, language: Language): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value))
    return value.map((item) => plainText(item, language)).join(separator(language));
  if (typeof value === "object" && value !== null) {
    if ("title" in value && typeof value.title === "string") return value.title;
    if ("zh" in value) return labelText(value as Label, language);
    if ("detail" in value) return String(value.detail ?? "");
  }
  return "";
}

function moneyAmount(value: unknown): string {
  if (typeof value === "object" && value !== null && "amount" in value) return String(value.amount);
  return String(value);
}

function choiceText(field: Field, key: unknown, language: Language): string {
  const choice = choiceOf(field, key);
  return choice ? labelText(choice.label, language) : plainText(key, language);
}

/** Mainland mobile numbers in the groups people read them by; anything else as it is. */
function phoneText(value: string): string {
  return /^1\d{10}$/.test(value)
    ? `${value.slice(0, 3)} ${value.slice(3, 7)} ${value.slice(7)}`
    : value;
}

function withUnit(text: string, field: Field): string {
  return field.unit ? `${text} ${field.unit}` : text;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function separator(language: Language): string {
  return units[language].comma;
}
