import { useTranslation } from "react-i18next";
import { useAggregate, useCount } from "~/api/queries";
import type { Group, ObjectType } from "~/api/types";
import { useLabel, useWording } from "~/app/words";
import { valueText } from "~/fields/values";
import { cappedCount } from "~/format/numbers";
import type { GridColumn } from "./columns";
import styles from "./list.module.css";
import { sumColumns } from "./useListData";

interface ListFootProps {
  object: ObjectType;
  filter: Group | null;
  columns: GridColumn[];
  /** A search by words is counted by what it found, not by the server. */
  searching: boolean;
}

/** How many, the sums, and the keys that work in the grid. */
export function ListFoot({ object, filter, columns, searching }: ListFootProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const wording = useWording();
  const sums = sumColumns(columns);
  const count = useCount(object.name, filter, !searching).data ?? null;
  const query = {
    filter,
    group_by: [],
    measures: sums.map((column) => ({
      function: "sum" as const,
      field: column.name,
      as: column.name,
    })),
  };
  const total = useAggregate(object.name, query, sums.length > 0 && !searching).data?.[0];
  return (
    <footer className={styles.foot}>
      {!searching && count !== null && (
        <span>{t("list.count", { count, shown: cappedCount(count) })}</span>
      )}
      {total &&
        sums.map((column) => (
          <span key={column.name}>
            {sums.length > 1 ? label(column.field.label) : t("list.total")}{" "}
            <strong>{valueText(column.field, total[column.name], wording)}</strong>
          </span>
        ))}
      <span className={styles.keys} aria-hidden>
        <kbd>↑</kbd>
        <kbd>↓</kbd> {t("list.keyMove")} <kbd>Enter</kbd> {t("list.keyEdit")} <kbd>Space</kbd>{" "}
        {t("list.keyOpen")}
      </span>
    </footer>
  );
}
