/** Lookups show as the fields that their paths end at. Pure. */
import type { Field, ObjectType } from "~/api/types";

/** The objects that the lookups of an object lead through, one hop each. */
export function lookedUp(object: ObjectType): string[] {
  const names = object.fields.flatMap((field) => {
    const [first] = (field.type === "lookup" && field.path?.split(".")) || [];
    return first ? (targetName(object, first) ?? []) : [];
  });
  return [...new Set(names)];
}

/** The object with each lookup in the type of what it ends at, where that is known. */
export function withLookups(object: ObjectType, others: Record<string, ObjectType>): ObjectType {
  return { ...object, fields: object.fields.map((field) => resolved(object, field, others)) };
}

function resolved(object: ObjectType, field: Field, others: Record<string, ObjectType>): Field {
  if (field.type !== "lookup" || !field.path) return field;
  const [first = "", last = "", ...more] = field.path.split(".");
  const target = others[targetName(object, first) ?? ""];
  const end = more.length === 0 ? target?.fields.find((one) => one.name === last) : undefined;
  if (!end || end.type === "lookup") return field;
  return {
    ...end,
    id: field.id,
    name: field.name,
    label: field.label,
    help: field.help ?? null,
    required: false,
    right: "read",
  };
}

function targetName(object: ObjectType, name: string): string | undefined {
  const field = object.fields.find((one) => one.name === name);
  if (field?.type === "user" || name === "owner") return "user";
  return field?.object;
}
