/** The columns of a list: fields, or paths over references, with their widths. Pure but for the hook at the end. */
import { useMemo } from "react";
import { useObjects } from "~/api/queries";
import type { Column, Field, Language, ObjectType, RecordData } from "~/api/types";
import { useLanguage } from "~/app/words";
import { findField } from "~/fields/find";
import { isNumber, shownType } from "~/fields/values";
import { labelText } from "~/i18n/label";

export interface GridColumn {
  /** A field's API name, or a path. */
  name: string;
  field: Field;
  width: number;
  right: boolean;
  sortable: boolean;
  /** The column that names the record: first, and kept in sight. */
  title: boolean;
}

const WIDTHS: Readonly<Record<string, number>> = {
  text: 168,
  long_text: 240,
  integer: 88,
  decimal: 104,
  money: 108,
  percent: 104,
  boolean: 72,
  date: 100,
  datetime: 118,
  select: 104,
  multi_select: 160,
  reference: 168,
  references: 180,
  user: 112,
  department: 120,
  phone: 132,
  email: 180,
  url: 180,
  address: 200,
  file: 72,
  lines: 72,
  auto_number: 136,
};
const TITLE_WIDTH = 212;
const UNSORTABLE = new Set(["multi_select", "references", "lines", "file", "address", "long_text"]);

/** The columns of a list; the title is always there, and first. */
export function gridColumns(
  object: ObjectType,
  others: Record<string, ObjectType>,
  wanted: Column[],
  language: Language,
): GridColumn[] {
  const names = wanted.map((column) => column.field);
  const columns = names.includes(object.title_field)
    ? wanted
    : [{ field: object.title_field }, ...wanted];
  const found = columns.flatMap((column) => {
    const field = fieldAt(object, others, column.field);
    return field ? [gridColumn(column, field, column.field === object.title_field, language)] : [];
  });
  return [...found.filter((column) => column.title), ...found.filter((column) => !column.title)];
}

function gridColumn(column: Column, field: Field, title: boolean, language: Language): GridColumn {
  const type = shownType(field);
  return {
    name: column.field,
    field,
    width: Math.max(
      column.width ?? (title ? TITLE_WIDTH : (WIDTHS[type] ?? 140)),
      headWidth(labelText(field.label, language)),
    ),
    right: isNumber(field) || type === "date" || type === "datetime",
    sortable: field.sortable ?? !UNSORTABLE.has(type),
    title,
  };
}

/** About as wide as a head is set, in pixels, with the arrow of its order. */
function headWidth(text: string): number {
  const characters = [...text].map((character) => (character > "\u2e80" ? 12.5 : 6.8));
  return Math.ceil(characters.reduce((sum, width) => sum + width, 0)) + 36;
}

/** The field that a name or path ends at. */
export function fieldAt(
  object: ObjectType,
  others: Record<string, ObjectType>,
  path: string,
): Field | undefined {
  const [first = "", ...rest] = path.split(".");
  const field = findField(object, first);
  if (rest.length === 0 || !field) return field;
  const target = others[field.object ?? (field.type === "user" ? "user" : "")];
  const last = target && fieldAt(target, others, rest.join("."));
  return last && { ...last, label: joinedLabel(field, last), right: "read" };
}

function joinedLabel(field: Field, last: Field): Field["label"] {
  return {
    zh: field.label.zh + last.label.zh,
    en: `${field.label.en ?? field.label.zh} ${(last.label.en ?? last.label.zh).toLowerCase()}`,
  };
}

/** The value of a column in a record: flat under the path, else along nested records. */
export function valueAt(record: RecordData, path: string): unknown {
  if (path in record || !path.includes(".")) return record[path];
  return path.split(".").reduce<unknown>((value, step) => {
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)[step]
      : undefined;
  }, record);
}

/** The objects that the paths among `names` lead through, one hop each. */
export function objectsOnTheWay(object: ObjectType | undefined, names: string[]): string[] {
  const targets = names.flatMap((name) => {
    const [first = "", ...rest] = name.split(".");
    const field = rest.length > 0 && object ? findField(object, first) : undefined;
    return field ? [field.object ?? (field.type === "user" ? "user" : "")] : [];
  });
  return [...new Set(targets.filter(Boolean))];
}

export function useGridColumns(object: ObjectType, wanted: Column[]): GridColumn[] {
  const others = useObjects(
    objectsOnTheWay(
      object,
      wanted.map((column) => column.field),
    ),
  );
  const language = useLanguage();
  return useMemo(
    () => gridColumns(object, others, wanted, language),
    [object, others, wanted, language],
  );
}
