/** The fields that every record has, for servers that don't list them among an object's own. */
import type { Field, Label } from "~/api/types";

export const systemFields: readonly Field[] = [
  { id: "_owner", name: "owner", type: "user", label: { zh: "负责人", en: "Owner" } },
  {
    id: "_department",
    name: "department",
    type: "department",
    label: { zh: "所属部门", en: "Department" },
  },
  {
    id: "_created_at",
    name: "created_at",
    type: "datetime",
    label: { zh: "创建时间", en: "Created at" },
    read_only: true,
  },
  {
    id: "_created_by",
    name: "created_by",
    type: "user",
    label: { zh: "创建人", en: "Created by" },
    read_only: true,
  },
  {
    id: "_updated_at",
    name: "updated_at",
    type: "datetime",
    label: { zh: "更新时间", en: "Updated at" },
    read_only: true,
  },
  {
    id: "_updated_by",
    name: "updated_by",
    type: "user",
    label: { zh: "更新人", en: "Updated by" },
    read_only: true,
  },
];

/** What actions ask for, by the names that they share. */
export const parameterLabels: Readonly<Record<string, Label>> = {
  user: { zh: "给谁", en: "To whom" },
  reason: { zh: "原因", en: "Reason" },
  until: { zh: "截止", en: "Until" },
};
