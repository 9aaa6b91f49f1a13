import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Field, ObjectType } from "~/api/types";
import { useLabel, useWording } from "~/app/words";
import { findField } from "~/fields/find";
import { valueText } from "~/fields/values";
import { exact } from "~/format/numbers";
import type { Mapping, Preview, PreviewRow } from "./imports";
import styles from "./imports.module.css";

interface CheckStepProps {
  object: ObjectType;
  preview: Preview;
  mapping: Mapping;
  busy: boolean;
  onBack: () => void;
  onNext: () => void;
}

/** The first rows as they would become, what is wrong marked at its cell. */
export function CheckStep({ object, preview, mapping, busy, onBack, onNext }: CheckStepProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = Object.values(mapping).flatMap((name) => (name && findField(object, name)) || []);
  const bad = preview.preview.filter((row) => row.errors.length > 0).length;
  return (
    <>
      <div className={styles.scroll}>
        <table className={styles.check}>
          <thead>
            <tr>
              <th scope="col">{t("imports.row")}</th>
              {fields.map((field) => (
                <th key={field.name} scope="col">
                  {label(field.label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.preview.map((row) => (
              <tr key={row.index}>
                <td>{row.index + 1}</td>
                {fields.map((field) => (
                  <CheckedCell key={field.name} field={field} row={row} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer className={styles.foot}>
        <span>{t("imports.seen", { count: preview.preview.length })}</span>
        {bad > 0 && <span className={styles.warn}>{t("imports.bad", { count: bad })}</span>}
        <span className={styles.spread} />
        <Button onClick={onBack}>{t("imports.back")}</Button>
        <Button type="primary" loading={busy} onClick={onNext}>
          {t("imports.run", { count: preview.rows, shown: exact(preview.rows) })}
        </Button>
      </footer>
    </>
  );
}

function CheckedCell({ field, row }: { field: Field; row: PreviewRow }) {
  const wording = useWording();
  const problem = row.errors.find((error) => error.field === field.name);
  const value = row.values[field.name];
  const text = typeof value === "string" ? value : valueText(field, value, wording);
  if (!problem) return <td>{text}</td>;
  return (
    <td className={styles.bad}>
      <Tooltip title={problem.message}>
        <span>{text || "\u2014"}</span>
      </Tooltip>
      <small>{problem.message}</small>
    </td>
  );
}
