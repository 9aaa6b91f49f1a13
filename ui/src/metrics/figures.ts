/** Turns the answers of metrics into what charts and tables show. Pure. */
import type { Field, Label, Language, MetricAnswer, MetricRow, ObjectType } from "~/api/types";
import { asReference, choiceOf } from "~/fields/values";
import { amount, count, type Figure, percent, span, UNKNOWN } from "~/format/numbers";
import { labelText } from "~/i18n/label";

/** A value of a metric as figure and unit. */
export function figure(value: string | null | undefined, unit: string, language: Language): Figure {
  if (value === null || value === undefined) return { number: UNKNOWN, unit: "" };
  if (unit === "seconds") return span(value, language);
  if (unit === "ratio") return { number: percent(value).replace("%", ""), unit: "%" };
  if (unit === "count") return count(value, language);
  return amount(value, language, unit);
}

/** One mark of a chart: what it stands for, how much, and where it leads. */
export interface Mark {
  key: string;
  label: string;
  colour: string | undefined;
  /** Set where the dimension is a person. */
  person: boolean;
  value: number | null;
  row: MetricRow;
}

/** The rows of an answer as marks: choices in their own order, months in time, the rest by size. */
export function marks(
  answer: MetricAnswer,
  by: string,
  object: ObjectType | undefined,
  language: Language,
  empty: string,
): Mark[] {
  const field = object?.fields.find((item) => item.name === by.split(":")[0]?.split(".")[0]);
  const all = answer.rows.map((row) => mark(row, by, field, language, empty));
  if (by.includes(":")) return all.sort((one, other) => one.key.localeCompare(other.key));
  if (field?.choices) {
    const place = (item: Mark) =>
      field.choices?.findIndex((choice) => choice.key === item.key) ?? -1;
    return all.sort((one, other) => order(place(one)) - order(place(other)));
  }
  return all.sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
}

function order(place: number): number {
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
}

function mark(
  row: MetricRow,
  by: string,
  field: Field | undefined,
  language: Language,
  empty: string,
): Mark {
  const said = row.dimension?.[by] ?? Object.values(row.dimension ?? {})[0] ?? null;
  const reference = asReference(typeof said === "object" ? said : null);
  const choice = field ? (choiceOf(field, said) ?? choiceOf(field, reference?.id)) : undefined;
  return {
    key: reference?.id ?? choice?.key ?? String(said ?? ""),
    label: choice
      ? labelText(choice.label, language)
      : reference?.title || dimensionText(said, language) || empty,
    colour: choice?.color,
    person: reference !== null && (field?.type === "user" || by === "owner"),
    value: row.value === null ? null : Number(row.value),
    row,
  };
}

function dimensionText(said: unknown, language: Language): string {
  if (typeof said === "object" && said !== null && "zh" in said)
    return labelText(said as Label, language);
  return typeof said === "string" || typeof said === "number" ? String(said) : "";
}

/** The address of the records behind a figure; null where it has none. */
export function drillPath(row: MetricRow | undefined): string | null {
  const drill = row?.drill;
  if (!drill) return null;
  const filter = drill.filter && drill.filter.rules.length > 0 ? drill.filter : null;
  const search = filter ? `?filter=${encodeURIComponent(JSON.stringify(filter))}` : "";
  return `/records/${drill.object}${search}`;
}
