/** Reads numbers as people type them: separators, full-width digits, magnitudes, percent. Pure. */
import { numerals } from "~/i18n/locales/units";

const PLACES: Readonly<Record<string, number>> = {
  [numerals.wan]: 4,
  w: 4,
  W: 4,
  [numerals.yi]: 8,
  k: 3,
  K: 3,
  m: 6,
  M: 6,
};

/** `1,260,000`, `126w`, `1.2m` as decimal text; the text itself where it is no number. */
export function typedNumber(text: string): string {
  const plain = text
    .normalize("NFKC")
    .replace(/[,\s\u00a5$]/g, "")
    .replace(new RegExp(`${numerals.yuan}$`), "");
  const found = /^([+-]?\d*\.?\d+|[+-]?\d+\.)(\D?)$/.exec(plain);
  const places = PLACES[found?.[2] ?? ""];
  if (!found || (found[2] && places === undefined))
    return /^[+-]?\d+(\.\d+)?$/.test(plain) ? plain : text;
  return shifted(found[1] ?? "", places ?? 0);
}

/** A typed percentage (`15`, `15%`) as a fraction in text; the text itself where it is none. */
export function typedPercent(text: string): string {
  const plain = text.normalize("NFKC").replace(/[%\s]/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? shifted(plain, -2) : text;
}

/** A fraction in text as the percentage one types: `0.155` -> `15.5`. */
export function percentDigits(fraction: string): string {
  return shifted(fraction, 2);
}

/** Moves the decimal point by `places`, exactly. */
export function shifted(text: string, places: number): string {
  const negative = text.startsWith("-");
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".");
  const digits = whole + fraction;
  const point = whole.length + places;
  const padded = digits.padStart(digits.length + Math.max(0, -point), "0");
  const at = Math.max(0, point);
  const filled = padded.padEnd(at, "0");
  const head = filled.slice(0, at).replace(/^0+(?=\d)/, "") || "0";
  const tail = filled.slice(at).replace(/0+$/, "");
  const result = tail ? `${head}.${tail}` : head;
  return negative && result !== "0" ? `-${result}` : result;
}
