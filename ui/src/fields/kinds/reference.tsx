import type { EditorProps } from "../FieldEditor";
import { RecordPicker } from "../RecordPicker";
import { useTitle } from "../Value";
import { asReference, targetOf } from "../values";

export function ReferenceEditor({ field, value, onChange, onCommit, ...control }: EditorProps) {
  const reference = asReference(value);
  const title = useTitle(targetOf(field), reference);
  return (
    <RecordPicker
      {...control}
      object={targetOf(field)}
      value={reference ? [{ id: reference.id, title }] : []}
      onChange={([chosen]) => {
        onChange(chosen ?? null);
        if (control.bare) onCommit?.(chosen ?? null);
      }}
      onBlur={() => onCommit?.()}
    />
  );
}
