import { Switch } from "antd";
import type { EditorProps } from "../FieldEditor";

export function BooleanEditor({
  value,
  onChange,
  onCommit,
  id,
  name,
  describedBy,
  autoFocus,
  disabled,
}: EditorProps) {
  return (
    <Switch
      id={id}
      aria-label={name}
      aria-describedby={describedBy}
      size="small"
      autoFocus={autoFocus}
      disabled={disabled}
      checked={value === true}
      onChange={(checked) => {
        onChange(checked);
        onCommit?.(checked);
      }}
    />
  );
}
