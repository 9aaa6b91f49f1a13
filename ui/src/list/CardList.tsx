import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ObjectType, RecordData } from "~/api/types";
import { Value } from "~/fields/Value";
import { isEmpty, isNumber, shownType } from "~/fields/values";
import styles from "./cards.module.css";
import { type GridColumn, valueAt } from "./columns";

interface CardListProps {
  object: ObjectType;
  columns: GridColumn[];
  records: RecordData[];
  onReachEnd: () => void;
}

/** Records on a phone: the name, its figure at the right, two facts below. */
export function CardList({ object, columns, records, onReachEnd }: CardListProps) {
  const { t } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onReachEnd(), {
      rootMargin: "600px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [onReachEnd]);

  const others = columns.filter((column) => !column.title);
  const figure =
    others.find((column) => shownType(column.field) === "money") ??
    others.find((column) => isNumber(column.field) && shownType(column.field) !== "percent");
  const facts = others.filter((column) => column !== figure).slice(0, 3);
  return (
    <div className={styles.scroll}>
      <ul className={styles.cards}>
        {records.map((record) => (
          <li key={record.id}>
            <Link to={`/records/${object.name}/${record.id}`}>
              <span className={styles.line}>
                <strong>{String(record[object.title_field] ?? "") || t("record.unnamed")}</strong>
                {figure && (
                  <b>{<Value field={figure.field} value={valueAt(record, figure.name)} inert />}</b>
                )}
              </span>
              <span className={styles.facts}>
                {facts
                  .filter((column) => !isEmpty(valueAt(record, column.name)))
                  .map((column) => (
                    <Value
                      key={column.name}
                      field={column.field}
                      value={valueAt(record, column.name)}
                      inert
                    />
                  ))}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <div ref={end} />
    </div>
  );
}
