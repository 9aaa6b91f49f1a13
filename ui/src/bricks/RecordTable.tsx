/** A few records as a table to read: two lines each where it is narrow. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Field, ObjectType, RecordData } from "~/api/types";
import { useLabel, useWording } from "~/app/words";
import { findField } from "~/fields/find";
import { Value } from "~/fields/Value";
import { isNumber, valueText } from "~/fields/values";
import styles from "./record-table.module.css";

interface RecordTableProps {
  object: ObjectType;
  /** Without the title, which is always first. */
  columns: Field[];
  rows: RecordData[];
}

export function RecordTable({ object, columns, rows }: RecordTableProps) {
  const label = useLabel();
  const title = findField(object, object.title_field);
  return (
    <div className={styles.box}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{label(title?.label)}</th>
            {columns.map((field) => (
              <th
                key={field.name}
                scope="col"
                className={isNumber(field) ? styles.right : undefined}
              >
                {label(field.label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <TitleLink object={object} row={row} title={title} />
              </td>
              {columns.map((field) => (
                <td key={field.name} className={isNumber(field) ? styles.right : undefined}>
                  <Value field={field} value={row[field.name]} inert />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TitleLinkProps {
  object: ObjectType;
  row: RecordData;
  title: Field | undefined;
}

function TitleLink({ object, row, title }: TitleLinkProps) {
  const { t } = useTranslation();
  const wording = useWording();
  const text = title ? valueText(title, row[object.title_field], wording) : "";
  return <Link to={`/records/${object.name}/${row.id}`}>{text || t("record.unnamed")}</Link>;
}
