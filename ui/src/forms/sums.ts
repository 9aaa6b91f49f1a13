/** Exact sums of decimal text. Pure. */
import type { Field } from "~/api/types";
import { isAddable, isEmpty } from "~/fields/values";
import type { Line } from "./draft";

const PLACES = 12;
const SCALE = 10n ** BigInt(PLACES);

/** The sum of a column as decimal text; null where a sum says nothing, or a cell is no number yet. */
export function columnSum(column: Field, lines: Line[]): string | null {
  if (!isAddable(column)) return null;
  const values = lines.map((line) => line.values[column.name]).filter((value) => !isEmpty(value));
  if (values.length === 0) return null;
  return sum(values.map(String));
}

/** The sum of decimals in text, exactly; null when one of them is none. */
export function sum(values: string[]): string | null {
  let total = 0n;
  for (const value of values) {
    const found = /^([+-]?)(\d+)(?:\.(\d{1,12}))?$/.exec(value);
    if (!found) return null;
    const scaled = BigInt((found[2] ?? "0") + (found[3] ?? "").padEnd(PLACES, "0"));
    total += found[1] === "-" ? -scaled : scaled;
  }
  const size = total < 0n ? -total : total;
  const fraction = String(size % SCALE)
    .padStart(PLACES, "0")
    .replace(/0+$/, "");
  return `${total < 0n ? "-" : ""}${size / SCALE}${fraction && `.${fraction}`}`;
}
