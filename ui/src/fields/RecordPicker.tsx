/** Finds records of one object as one types, and lets one or several be chosen. */
import { Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useObject, useSome } from "~/api/queries";
import type { Group, Reference } from "~/api/types";
import { Avatar } from "~/signs/signs";
import styles from "./fields.module.css";

const TYPING_PAUSE_MS = 150;

interface RecordPickerProps {
  object: string;
  value: Reference[];
  onChange: (value: Reference[]) => void;
  multiple?: boolean;
  filter?: Group | undefined;
  id?: string | undefined;
  name?: string | undefined;
  describedBy?: string | undefined;
  invalid?: boolean | undefined;
  autoFocus?: boolean | undefined;
  bare?: boolean | undefined;
  disabled?: boolean | undefined;
  placeholder?: string;
  onBlur?: () => void;
}

export function RecordPicker({
  object,
  value,
  onChange,
  multiple = false,
  filter,
  placeholder,
  ...control
}: RecordPickerProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(Boolean(control.bare && control.autoFocus));
  const [typed, setTyped] = useState("");
  const q = useSettled(typed, TYPING_PAUSE_MS);
  const definition = useObject(object).data;
  const title = definition?.title_field ?? "name";
  const found = useSome(
    object,
    { q, fields: [title], limit: 20, filter: filter ?? null },
    open && Boolean(definition),
  );
  const people = object === "user";
  const options = (found.data?.data ?? []).map((record) => ({
    value: record.id,
    title: String(record[title] ?? ""),
  }));
  const known = new Map([
    ...options.map((item) => [item.value, item.title] as const),
    ...value.map((item) => [item.id, item.title] as const),
  ]);

  return (
    <Select
      id={control.id}
      aria-label={control.name}
      aria-describedby={control.describedBy}
      mode={multiple ? "multiple" : undefined}
      variant={control.bare ? "borderless" : "outlined"}
      style={{ width: "100%" }}
      status={control.invalid ? "error" : ""}
      autoFocus={control.autoFocus}
      disabled={control.disabled}
      open={open}
      onOpenChange={setOpen}
      showSearch
      filterOption={false}
      onSearch={setTyped}
      allowClear={!control.bare}
      placeholder={placeholder ?? t("picker.search")}
      notFoundContent={found.isFetching ? t("picker.searching") : t("picker.none")}
      value={multiple ? value.map((item) => item.id) : value[0]?.id}
      options={options.map((item) => ({ value: item.value, label: item.title }))}
      labelRender={({ value: id }) => <Named title={known.get(String(id)) ?? ""} person={people} />}
      optionRender={({ label }) => <Named title={String(label)} person={people} />}
      onChange={(chosen: string | string[] | undefined) => {
        const ids = chosen === undefined ? [] : Array.isArray(chosen) ? chosen : [chosen];
        onChange(ids.map((id) => ({ id, title: known.get(id) ?? "" })));
        setTyped("");
      }}
      onBlur={control.onBlur}
    />
  );
}

function Named({ title, person }: { title: string; person: boolean }) {
  if (!person) return <>{title}</>;
  return (
    <span className={styles.option}>
      <Avatar name={title} size={18} />
      {title}
    </span>
  );
}

/** `value` once it has not changed for `pauseMs`. */
export function useSettled<Value>(value: Value, pauseMs: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return settled;
}
