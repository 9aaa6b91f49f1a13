import { Input } from "antd";
import type { EditorProps } from "../FieldEditor";

const MODES = { email: "email", url: "url", phone: "tel" } as const;

export function TextEditor({
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
  return (
    <Input
      id={id}
      aria-label={name}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      inputMode={MODES[field.type as keyof typeof MODES] ?? "text"}
      variant={bare ? "borderless" : "outlined"}
      status={invalid ? "error" : ""}
      autoFocus={autoFocus}
      onFocus={(event) => bare && event.target.select()}
      autoComplete="off"
      disabled={disabled}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.target.value)}
      onPressEnter={(event) => !event.nativeEvent.isComposing && onCommit?.()}
      onBlur={() => onCommit?.()}
    />
  );
}
