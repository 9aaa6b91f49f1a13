import { Select } from "antd";
import { useLabel } from "~/app/words";
import type { EditorProps } from "../FieldEditor";

export function MultiSelectEditor({
  field,
  value,
  onChange,
  onCommit,
  id,
  name,
  describedBy,
  invalid,
  autoFocus,
  bare,
  disabled,
}: EditorProps) {
  const label = useLabel();
  return (
    <Select
      id={id}
      aria-label={name}
      aria-describedby={describedBy}
      mode="multiple"
      variant={bare ? "borderless" : "outlined"}
      style={{ width: "100%" }}
      status={invalid ? "error" : ""}
      autoFocus={autoFocus}
      defaultOpen={bare && autoFocus}
      maxTagCount={bare ? 1 : undefined}
      disabled={disabled}
      value={Array.isArray(value) ? (value as string[]) : []}
      options={(field.choices ?? [])
        .filter((choice) => !choice.hidden)
        .map((choice) => ({ value: choice.key, label: label(choice.label) }))}
      onChange={(keys) => onChange(keys)}
      onBlur={() => onCommit?.()}
    />
  );
}
