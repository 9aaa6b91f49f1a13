import { Select } from "antd";
import { useLabel } from "~/app/words";
import { Dot } from "~/signs/signs";
import { openChoices } from "../choices";
import type { EditorProps } from "../FieldEditor";
import styles from "../fields.module.css";

export function SelectEditor({
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
  record,
}: EditorProps) {
  const label = useLabel();
  const options = openChoices(field, record ? (record[field.name] as string | null) : null).map(
    (choice) => ({
      value: choice.key,
      label: (
        <span className={styles.option}>
          {choice.color && <Dot colour={choice.color} />}
          {label(choice.label)}
        </span>
      ),
      search: `${choice.label.zh} ${choice.label.en ?? ""} ${choice.key}`.toLowerCase(),
    }),
  );
  return (
    <Select
      id={id}
      aria-label={name}
      aria-describedby={describedBy}
      variant={bare ? "borderless" : "outlined"}
      style={{ width: "100%" }}
      status={invalid ? "error" : ""}
      autoFocus={autoFocus}
      defaultOpen={bare && autoFocus}
      allowClear={!field.required && !bare}
      showSearch={options.length > 7}
      optionFilterProp="search"
      disabled={disabled}
      value={typeof value === "string" ? value : undefined}
      options={options}
      onChange={(key) => {
        onChange(key ?? null);
        if (bare) onCommit?.(key ?? null);
      }}
      onBlur={() => onCommit?.()}
    />
  );
}
