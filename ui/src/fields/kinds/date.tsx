import { DatePicker } from "antd";
import dayjs from "dayjs";
import type { EditorProps } from "../FieldEditor";

export function DateEditor({
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
  const picked = typeof value === "string" && value ? dayjs(value) : null;
  return (
    <DatePicker
      id={id}
      aria-label={name}
      aria-describedby={describedBy}
      variant={bare ? "borderless" : "outlined"}
      style={{ width: "100%" }}
      status={invalid ? "error" : ""}
      autoFocus={autoFocus}
      defaultOpen={bare && autoFocus}
      disabled={disabled}
      format="YYYY-MM-DD"
      placeholder=""
      value={picked?.isValid() ? picked : null}
      onChange={(day) => {
        const next = day ? day.format("YYYY-MM-DD") : null;
        onChange(next);
        if (bare) onCommit?.(next);
      }}
      onBlur={() => onCommit?.()}
    />
  );
}
