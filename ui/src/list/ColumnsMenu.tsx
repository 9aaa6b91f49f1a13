import { Button, Checkbox, Popover } from "antd";
import { Columns3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Column, Field } from "~/api/types";
import { useLabel } from "~/app/words";
import styles from "./list.module.css";

interface ColumnsMenuProps {
  fields: Field[];
  columns: Column[];
  titleField: string;
  onChange: (columns: Column[]) => void;
}

/** Which columns are seen; kept in this browser. */
export function ColumnsMenu({ fields, columns, titleField, onChange }: ColumnsMenuProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const shown = new Set(columns.map((column) => column.field));
  const offered = fields.filter((field) => field.name !== titleField && field.type !== "lines");
  const toggle = (name: string, on: boolean) =>
    onChange(
      on ? [...columns, { field: name }] : columns.filter((column) => column.field !== name),
    );
  const content = (
    <div className={styles.columnsMenu}>
      {offered.map((field) => (
        <Checkbox
          key={field.name}
          checked={shown.has(field.name)}
          onChange={(event) => toggle(field.name, event.target.checked)}
        >
          {label(field.label)}
        </Checkbox>
      ))}
    </div>
  );
  const count = columns.filter((column) => column.field !== titleField).length + 1;
  return (
    <Popover content={content} trigger="click" placement="bottomLeft">
      <Button type="text" size="small" icon={<Columns3 size={14} strokeWidth={1.75} aria-hidden />}>
        {t("list.columns", { count })}
      </Button>
    </Popover>
  );
}
