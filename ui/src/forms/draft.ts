/** What a form holds before it is sent, and what of it the server is told. Pure. */
import type { Field, FieldProblem, ObjectType, RecordData, Reference } from "~/api/types";
import { check, type LiveProblem } from "~/fields/check";
import { isWritable } from "~/fields/FieldEditor";
import { sameValue, toWire } from "~/fields/values";
import type { Values } from "~/records/saving";

/** A line in a form: `id` once it is saved, `key` for as long as the form is open. */
export interface Line {
  key: string;
  id?: string;
  values: Values;
}

/** Set by the server from the place of a line among its parent's. */
const OF_LINES = new Set(["parent", "position"]);

/** The fields of a form that a person may write, lines included. */
export function writableFields(object: ObjectType): Field[] {
  return object.fields.filter((field) => {
    if (field.type === "lines") return (field.right ?? "write") === "write";
    return isWritable(field) && !OF_LINES.has(field.name);
  });
}

/** What a form starts from: the record as saved, else plain defaults and what the address carries. */
export function startValues(
  object: ObjectType,
  record: RecordData | undefined,
  given: URLSearchParams,
  me: Reference | null,
): Values {
  const names = object.fields.map((field) => field.name);
  if (record) return Object.fromEntries(names.map((name) => [name, record[name]]));
  const usual = writableFields(object).flatMap((field) => {
    const value = plainDefault(field, me);
    return value === undefined ? [] : [[field.name, value] as const];
  });
  const told = names
    .filter((name) => given.get(name))
    .map((name) => [name, given.get(name)] as const);
  return Object.fromEntries([...usual, ...told]);
}

/** The value of a default that needs no computing; undefined for formulas, which the server knows. */
function plainDefault(field: Field, me: Reference | null): unknown {
  const text = field.default?.trim() ?? "";
  if (field.type === "user" && /^ME$/i.test(text)) return me ?? undefined;
  if (/^(TRUE|FALSE)$/i.test(text)) return /^TRUE$/i.test(text);
  if (/^"[^"]*"$/.test(text)) return text.slice(1, -1);
  return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
}

/** What is wrong, by field. A new record may leave out what the server fills in. */
export function liveProblems(
  fields: Field[],
  values: Values,
  record: RecordData | undefined,
): Record<string, LiveProblem> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const problem = check(field, values[field.name]);
      const filledIn = problem?.code === "required" && !record && Boolean(field.default);
      return problem && !filledIn ? [[field.name, problem] as const] : [];
    }),
  );
}

/** The fields that differ from the record as saved; for a new one, those that hold something. */
export function changes(fields: Field[], values: Values, record: RecordData | undefined): Values {
  const changed = fields.filter((field) => {
    if (field.type === "lines") return false;
    return record
      ? !sameValue(field, values[field.name], record[field.name])
      : (toWire(field, values[field.name]) ?? null) !== null;
  });
  return Object.fromEntries(changed.map((field) => [field.name, values[field.name]]));
}

/** The lines as a write says them; null where nothing changed. */
export function lineChanges(columns: Field[], lines: Line[], saved: RecordData[]): Values | null {
  const wire = (line: Line, names: Field[]) =>
    Object.fromEntries(
      names.map((field) => [field.name, toWire(field, line.values[field.name]) ?? null]),
    );
  const create = lines
    .filter((line) => !line.id)
    .map((line) =>
      wire(
        line,
        columns.filter((field) => toWire(field, line.values[field.name]) !== null),
      ),
    );
  const update = lines.flatMap((line) => {
    const before = saved.find((row) => row.id === line.id);
    if (!before) return [];
    const changed = columns.filter(
      (field) => !sameValue(field, line.values[field.name], before[field.name]),
    );
    return changed.length > 0 ? [{ id: line.id, ...wire(line, changed) }] : [];
  });
  const kept = new Set(lines.map((line) => line.id));
  const gone = saved.filter((row) => !kept.has(row.id)).map((row) => row.id);
  if (create.length + update.length + gone.length === 0) return null;
  return {
    ...(create.length > 0 && { create }),
    ...(update.length > 0 && { update }),
    ...(gone.length > 0 && { delete: gone }),
  };
}

/** The server's problems by field; what names no field of the form is kept apart. */
export function serverProblems(
  errors: FieldProblem[] | undefined,
  fields: Field[],
): { byField: Record<string, string>; rest: string[] } {
  const byField: Record<string, string> = {};
  const rest: string[] = [];
  for (const { field, message } of errors ?? []) {
    const name = field?.split(/[.[]/)[0];
    if (name && fields.some((item) => item.name === name)) byField[name] ??= message;
    else rest.push(message);
  }
  return { byField, rest };
}
