import { Input } from "antd";
import type { EditorProps } from "../FieldEditor";

/** Enter makes a new line; Ctrl Enter and leaving end the edit. */
export function LongTextEditor({
  value,
  onChange,
  onCommit,
  id,
  name,
  describedBy,
  invalid,
  autoFocus,
  disabled,
}: EditorProps) {
  return (
    <Input.TextArea
      id={id}
      aria-label={name}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      status={invalid ? "error" : ""}
      autoFocus={autoFocus}
      autoSize={{ minRows: 2, maxRows: 12 }}
      disabled={disabled}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onCommit?.();
        else if (event.key !== "Escape") event.stopPropagation();
      }}
      onBlur={() => onCommit?.()}
    />
  );
}
