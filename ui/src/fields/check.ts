/** Checks that a form makes as one types; the server makes them again. Pure. */
import type { Field } from "~/api/types";
import { isEmpty, shownType } from "./values";

/** What is wrong with a value: `code` names the text, `values` fill it in. */
export interface LiveProblem {
  code:
    | "required"
    | "tooLong"
    | "pattern"
    | "notNumber"
    | "notWhole"
    | "tooSmall"
    | "tooLarge"
    | "notEmail"
    | "notUrl"
    | "notPhone"
    | "phoneShort"
    | "phoneLong"
    | "tooFewRows"
    | "tooManyRows"
    | "notChoice";
  values?: Record<string, string | number>;
}

/** The first thing wrong with `value`; null when nothing is. */
export function check(field: Field, value: unknown): LiveProblem | null {
  if (isEmpty(value))
    return field.required && field.type !== "boolean" ? { code: "required" } : null;
  return checks[shownType(field)]?.(field, value) ?? null;
}

type Check = (field: Field, value: unknown) => LiveProblem | null;

const checks: Readonly<Record<string, Check>> = {
  text: checkText,
  long_text: (field, value) => tooLong(field.max_length ?? 100_000, String(value)),
  integer: (field, value) =>
    /^[+-]?\d+$/.test(String(value)) ? within(field, value) : notNumber(value),
  decimal: within,
  money: within,
  percent: within,
  phone: checkPhone,
  email: (_field, value) =>
    /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(String(value)) ? null : { code: "notEmail" },
  url: (_field, value) =>
    /^https?:\/\/[^\s/]+\S*$/i.test(String(value)) ? null : { code: "notUrl" },
  select: (field, value) =>
    field.choices?.some((choice) => choice.key === value) ? null : { code: "notChoice" },
  lines: checkRows,
};

function checkText(field: Field, value: unknown): LiveProblem | null {
  const text = String(value);
  const long = tooLong(field.max_length ?? 500, text);
  if (long) return long;
  if (field.pattern && !matches(field.pattern, text))
    return { code: "pattern", values: { pattern: field.pattern } };
  return null;
}

/** Whether `text` has the shape: `0` a digit, `A` an ASCII letter, `*` any, else itself. */
export function matches(pattern: string, text: string): boolean {
  const marks = [...pattern];
  const characters = [...text];
  return (
    marks.length === characters.length &&
    marks.every((mark, index) => fits(mark, characters[index] ?? ""))
  );
}

function fits(mark: string, character: string): boolean {
  if (mark === "0") return /^[0-9]$/.test(character);
  if (mark === "A") return /^[A-Za-z]$/.test(character);
  return mark === "*" || mark === character;
}

function tooLong(longest: number, text: string): LiveProblem | null {
  return [...text].length > longest ? { code: "tooLong", values: { longest } } : null;
}

function within(field: Field, value: unknown): LiveProblem | null {
  const number = Number(value);
  if (!Number.isFinite(number)) return { code: "notNumber" };
  if (!isEmpty(field.min) && number < Number(field.min))
    return { code: "tooSmall", values: { min: shown(field, field.min) } };
  if (!isEmpty(field.max) && number > Number(field.max))
    return { code: "tooLarge", values: { max: shown(field, field.max) } };
  return null;
}

function notNumber(value: unknown): LiveProblem {
  return { code: Number.isFinite(Number(value)) ? "notWhole" : "notNumber" };
}

function shown(field: Field, bound: unknown): string {
  return shownType(field) === "percent" ? `${Number(bound) * 100}%` : String(bound);
}

function checkPhone(_field: Field, value: unknown): LiveProblem | null {
  const digits = String(value).replace(/[\s()-]/g, "");
  if (!/^\+?\d+$/.test(digits)) return { code: "notPhone" };
  if (/^1[3-9]/.test(digits) && digits.length !== 11) {
    const missing = 11 - digits.length;
    return missing > 0
      ? { code: "phoneShort", values: { count: missing } }
      : { code: "phoneLong", values: { count: -missing } };
  }
  return digits.length < 5 || digits.length > 16 ? { code: "notPhone" } : null;
}

function checkRows(field: Field, value: unknown): LiveProblem | null {
  const rows = Array.isArray(value) ? value.length : 0;
  if (rows < (field.min_rows ?? 0))
    return { code: "tooFewRows", values: { min: field.min_rows ?? 0 } };
  if (rows > (field.max_rows ?? 500))
    return { code: "tooManyRows", values: { max: field.max_rows ?? 500 } };
  return null;
}
