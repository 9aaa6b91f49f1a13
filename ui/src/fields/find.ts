/** Finds fields by name, the ones that every record has included. Pure. */
import type { Field, ObjectType } from "~/api/types";
import { systemFields } from "~/i18n/locales/system_fields";

/** The field of that API name; undefined where the asker may not know it. */
export function findField(object: ObjectType, name: string): Field | undefined {
  const own = object.fields.find((field) => field.name === name);
  if (own) return own;
  const system = systemFields.find((field) => field.name === name);
  if (!system) return undefined;
  if (object.owned === false && (name === "owner" || name === "department")) return undefined;
  return system;
}

/** All fields that a list of the object can show, its own first. */
export function allFields(object: ObjectType): Field[] {
  const names = new Set(object.fields.map((field) => field.name));
  const more = systemFields.filter(
    (field) => !names.has(field.name) && findField(object, field.name),
  );
  return [...object.fields, ...more].filter(
    (field) => field.name !== "id" && field.name !== "version",
  );
}
