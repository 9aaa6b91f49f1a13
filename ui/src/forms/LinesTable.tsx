import { useObject } from "~/api/queries";
import type { Field, RecordData } from "~/api/types";
import { useLabel } from "~/app/words";
import { Value } from "~/fields/Value";
import { isNumber } from "~/fields/values";
import styles from "./lines.module.css";

interface LinesTableProps {
  field: Field;
  rows: unknown;
  /** Names of the columns; all of the line's fields where none is named. */
  columns?: string[];
}

/** The lines of a record, to read. */
export function LinesTable({ field, rows, columns: names = [] }: LinesTableProps) {
  const label = useLabel();
  const object = useObject(field.object).data;
  if (!object) return null;
  const all = object.fields.filter((column) => !column.id.startsWith("_"));
  const columns =
    names.length > 0
      ? names.flatMap((name) => all.find((column) => column.name === name) ?? [])
      : all;
  const list = Array.isArray(rows) ? (rows as RecordData[]) : [];
  return (
    <div className={styles.box}>
      <h2>
        {label(field.label)} <span>{list.length}</span>
      </h2>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.name}
                  scope="col"
                  className={isNumber(column) ? styles.right : undefined}
                >
                  {label(column.label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.map((row) => (
              <tr key={row.id}>
                {columns.map((column) => (
                  <td key={column.name} className={isNumber(column) ? styles.right : undefined}>
                    <Value field={column} value={row[column.name]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
