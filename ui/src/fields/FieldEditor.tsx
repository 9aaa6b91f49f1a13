/** The editor of a field, by its type: one file per kind, one line here. */
import type { ComponentType } from "react";
import type { Field, RecordData } from "~/api/types";
import { AddressEditor } from "./kinds/address";
import { BooleanEditor } from "./kinds/boolean";
import { DateEditor } from "./kinds/date";
import { DateTimeEditor } from "./kinds/datetime";
import { FileEditor } from "./kinds/file";
import { LongTextEditor } from "./kinds/long_text";
import { MultiSelectEditor } from "./kinds/multi_select";
import { NumberEditor } from "./kinds/number";
import { ReferenceEditor } from "./kinds/reference";
import { ReferencesEditor } from "./kinds/references";
import { SelectEditor } from "./kinds/select";
import { TextEditor } from "./kinds/text";
import { shownType } from "./values";

export interface EditorProps {
  field: Field;
  /** As the API reads it, or as typed where that is no value yet. */
  value: unknown;
  onChange: (value: unknown) => void;
  /** Done: `value` where choosing is what ends the edit, else what `onChange` said last. */
  onCommit?: ((value?: unknown) => void) | undefined;
  /** Links the label; passed on to the control. */
  id?: string | undefined;
  /** Names the control where no label is seen. */
  name?: string | undefined;
  describedBy?: string | undefined;
  invalid?: boolean | undefined;
  autoFocus?: boolean | undefined;
  /** Inside a cell or a fact: no border of its own. */
  bare?: boolean | undefined;
  disabled?: boolean | undefined;
  /** The record as saved, for choices that depend on where it stands. */
  record?: RecordData | undefined;
}

const editors: Readonly<Record<string, ComponentType<EditorProps>>> = {
  text: TextEditor,
  email: TextEditor,
  url: TextEditor,
  phone: TextEditor,
  long_text: LongTextEditor,
  integer: NumberEditor,
  decimal: NumberEditor,
  money: NumberEditor,
  percent: NumberEditor,
  boolean: BooleanEditor,
  date: DateEditor,
  datetime: DateTimeEditor,
  select: SelectEditor,
  multi_select: MultiSelectEditor,
  reference: ReferenceEditor,
  user: ReferenceEditor,
  department: ReferenceEditor,
  references: ReferencesEditor,
  address: AddressEditor,
  file: FileEditor,
};

const COMPUTED = new Set(["formula", "rollup", "lookup", "auto_number"]);

/** Whether a person may write the field at all: not computed, not read-only, not merely shown. */
export function isWritable(field: Field): boolean {
  const right = field.right ?? "write";
  return (
    right === "write" && !field.read_only && !COMPUTED.has(field.type) && field.type in editors
  );
}

/** Whether this record lets its reader write the field. */
export function isEditable(field: Field, record: RecordData): boolean {
  if (!isWritable(field) || record._masked?.includes(field.name)) return false;
  return !record._can || record._can.includes("edit");
}

export function FieldEditor(props: EditorProps) {
  const Editor = editors[shownType(props.field)] ?? TextEditor;
  return <Editor {...props} />;
}
