import type { EditorProps } from "../FieldEditor";
import { RecordPicker } from "../RecordPicker";
import { asReferences, targetOf } from "../values";

export function ReferencesEditor({ field, value, onChange, onCommit, ...control }: EditorProps) {
  return (
    <RecordPicker
      {...control}
      multiple
      object={targetOf(field)}
      value={asReferences(value)}
      onChange={onChange}
      onBlur={() => onCommit?.()}
    />
  );
}
