/** Numbers as people read them: by 10^4 and 10^8 in Chinese, 486K and 1.26M in English. Pure. */
import type { Language } from "~/api/types";
import { numerals, units } from "~/i18n/locales/units";

export const UNKNOWN = "—";

/** A figure apart from its unit, for where the two are set in different type. */
export interface Figure {
  number: string;
  unit: string;
}

const WAN = 1e4;
const YI = 1e8;

/** A decimal as text, exactly as it is, with separators: `1260000.50` -> `1,260,000.50`. */
export function exact(value: string | number): string {
  const [whole = "", fraction] = String(value).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A decimal in full, without the zeros that say nothing: `12000.00` -> `12,000`. */
export function plain(value: string | number): string {
  return exact(
    String(value)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, ""),
  );
}

/** A money amount in short. Below 10,000 it is in full. */
export function amount(
  value: string | number | null | undefined,
  language: Language,
  currency = "CNY",
): Figure {
  if (value === null || value === undefined || value === "") return { number: UNKNOWN, unit: "" };
  const number = Number(value);
  const size = Math.abs(number);
  if (language === "zh") {
    if (size >= YI) return { number: short(number / YI), unit: numerals.yi };
    if (size >= WAN) return { number: short(number / WAN), unit: numerals.wan };
    return { number: plain(value), unit: currencyUnit(currency, "zh") };
  }
  return { number: english(number, value), unit: "" };
}

/** What stands behind an amount in full. */
export function currencyUnit(currency: string, language: Language): string {
  return currency === "CNY" && language === "zh" ? numerals.yuan : currency;
}

/** The short form in one string. */
export function amountText(
  value: string | number | null | undefined,
  language: Language,
  currency = "CNY",
): string {
  return joined(amount(value, language, currency));
}

/** A count or other plain number in short: whole below 10,000, then as amounts. */
export function count(value: string | number | null | undefined, language: Language): Figure {
  if (value === null || value === undefined || value === "") return { number: UNKNOWN, unit: "" };
  const size = Math.abs(Number(value));
  if (size < WAN) return { number: plain(value), unit: "" };
  return amount(value, language);
}

/** A fraction as a percentage with at most `places` decimals: `0.7234` -> `72.3%`. */
export function percent(value: string | number | null | undefined, places = 1): string {
  if (value === null || value === undefined || value === "") return UNKNOWN;
  return `${trimmed(Number(value) * 100, places)}%`;
}

/** Seconds in the largest unit that keeps the figure above one. */
export function span(seconds: string | number | null | undefined, language: Language): Figure {
  if (seconds === null || seconds === undefined || seconds === "")
    return { number: UNKNOWN, unit: "" };
  const value = Number(seconds);
  const words = units[language];
  if (value < 60) return { number: String(Math.round(value)), unit: words.second };
  if (value < 3600) return { number: trimmed(value / 60, 0), unit: words.minute };
  if (value < 86400) return { number: trimmed(value / 3600, 1), unit: words.hour };
  return { number: trimmed(value / 86400, 1), unit: words.day };
}

/** A count that stops at `cap`: 1,001 of at most 1,000 shows as `1,000+`. */
export function cappedCount(value: number, cap = 1000): string {
  return value > cap ? `${exact(cap)}+` : exact(value);
}

export function joined(figure: Figure): string {
  if (figure.unit === "%") return `${figure.number}%`;
  return figure.unit ? `${figure.number} ${figure.unit}` : figure.number;
}

/** A whole amount in Chinese numerals, shown under a money field as it is typed. */
export function inWords(value: string | number): string {
  const whole = Math.floor(Math.abs(Number(value)));
  if (!Number.isFinite(whole) || whole >= 1e12) return "";
  if (whole === 0) return numerals.zero;
  let rest = whole;
  const parts: string[] = [];
  const groups = ["", numerals.wan, numerals.yi];
  for (let index = 0; rest > 0; index += 1) {
    const group = rest % WAN;
    rest = Math.floor(rest / WAN);
    if (group > 0) {
      const gap = rest > 0 && group < 1000 ? numerals.zero : "";
      parts.unshift(gap + thousands(group) + (groups[index] ?? ""));
    }
  }
  const text = parts.join("").replaceAll(numerals.zero + numerals.zero, numerals.zero);
  return text.startsWith(numerals.oneTen) ? text.slice(1) : text;
}

function thousands(group: number): string {
  let text = "";
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit > 0) text += numerals.digits.charAt(digit) + (numerals.places[place] ?? "");
    else if (text && !text.endsWith(numerals.zero)) text += numerals.zero;
  }
  return text.endsWith(numerals.zero) ? text.slice(0, -1) : text;
}

/** One decimal, none from 1,000 on: 48.6, 1,042. */
function short(number: number): string {
  return Math.abs(number) >= 1000 ? exact(Math.round(number)) : exact(number.toFixed(1));
}

function english(number: number, value: string | number): string {
  const size = Math.abs(number);
  if (size >= 999_500_000) return `${(number / 1e9).toFixed(2)}B`;
  if (size >= 999_500) return `${(number / 1e6).toFixed(2)}M`;
  if (size >= 10_000) return `${Math.round(number / 1e3)}K`;
  return plain(value);
}

function trimmed(number: number, places: number): string {
  return exact(String(Number(number.toFixed(places))));
}
