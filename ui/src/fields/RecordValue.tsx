import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Field, RecordData } from "~/api/types";
import styles from "./fields.module.css";
import { Value } from "./Value";
import { isEmpty } from "./values";

interface RecordValueProps {
  field: Field;
  record: RecordData;
  value: unknown;
  inert?: boolean;
}

/** A field of a record; where it could not be computed, that it could not. */
export function RecordValue({ field, record, value, inert = false }: RecordValueProps) {
  const { t } = useTranslation();
  const error = record._errors?.[field.name];
  if (!error || !isEmpty(value)) return <Value field={field} value={value} inert={inert} />;
  return (
    <span className={styles.failed} title={t("record.notComputed", { code: error })}>
      <TriangleAlert size={14} strokeWidth={1.75} aria-hidden />
      <span className="visually-hidden">{t("record.notComputed", { code: error })}</span>
    </span>
  );
}
