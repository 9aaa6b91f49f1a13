import { Button, Popover, Segmented, Select } from "antd";
import { ArrowUpDown, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLabel } from "~/app/words";
import type { SortKey } from "~/filters/filters";
import { IconButton } from "~/signs/signs";
import type { GridColumn } from "./columns";
import styles from "./list.module.css";

interface SortMenuProps {
  columns: GridColumn[];
  sort: SortKey[];
  onChange: (sort: SortKey[]) => void;
}

/** The order by several columns, first to last. */
export function SortMenu({ columns, sort, onChange }: SortMenuProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const sortable = columns.filter((column) => column.sortable);
  const nameOf = (field: string) =>
    label(columns.find((column) => column.name === field)?.field.label) || field;
  const free = sortable.filter((column) => !sort.some((key) => key.field === column.name));
  const put = (index: number, key: SortKey | null) =>
    onChange(sort.flatMap((old, at) => (at === index ? (key ? [key] : []) : [old])));
  const order = sort.map((key) => `${nameOf(key.field)} ${key.descending ? "↓" : "↑"}`).join("  ");
  const content = (
    <div className={styles.sortMenu}>
      {sort.map((key, index) => (
        <div key={key.field}>
          <Select
            size="small"
            aria-label={t("list.sortField")}
            value={key.field}
            options={[
              ...(sortable.some((column) => column.name === key.field)
                ? []
                : [{ value: key.field, label: key.field }]),
              ...sortable.map((column) => ({
                value: column.name,
                label: label(column.field.label),
                disabled: sort.some((one) => one.field === column.name),
              })),
            ]}
            onChange={(field) => put(index, { ...key, field })}
          />
          <Segmented
            size="small"
            value={key.descending ? "down" : "up"}
            options={[
              { value: "up", label: t("list.ascending") },
              { value: "down", label: t("list.descending") },
            ]}
            onChange={(way) => put(index, { ...key, descending: way === "down" })}
          />
          <IconButton
            icon={X}
            size={14}
            name={t("list.sortRemove")}
            onClick={() => put(index, null)}
          />
        </div>
      ))}
      {free[0] && (
        <Button
          type="text"
          size="small"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => onChange([...sort, { field: free[0]?.name ?? "", descending: true }])}
        >
          {t("list.sortAdd")}
        </Button>
      )}
    </div>
  );
  return (
    <Popover content={content} trigger="click" placement="bottomLeft">
      <Button
        type="text"
        size="small"
        icon={<ArrowUpDown size={14} strokeWidth={1.75} aria-hidden />}
      >
        {sort.length > 0 ? t("list.sortedBy", { order }) : t("list.sort")}
      </Button>
    </Popover>
  );
}
