import { DatePicker } from "antd";
import dayjs from "dayjs";
import timezone from "dayjs/plugin/timezone";
import utc from "dayjs/plugin/utc";
import { useWording } from "~/app/words";
import type { EditorProps } from "../FieldEditor";

dayjs.extend(utc);
dayjs.extend(timezone);

/** Instants are picked in the zone of the workspace and sent with its offset. */
export function DateTimeEditor({
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
  const { zone } = useWording();
  const picked = typeof value === "string" && value ? dayjs(value).tz(zone) : null;
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
      showTime={{ format: "HH:mm" }}
      format="YYYY-MM-DD HH:mm"
      placeholder=""
      value={picked?.isValid() ? picked : null}
      onChange={(at) => {
        const next = at ? dayjs.tz(at.format("YYYY-MM-DDTHH:mm:ss"), zone).format() : null;
        onChange(next);
        if (bare) onCommit?.(next);
      }}
      onBlur={() => onCommit?.()}
    />
  );
}
