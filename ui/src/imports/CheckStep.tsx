import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Field, ObjectType } from "~/api/types";
import { useLabel, useWording } from "~/app/words";
import { findField } from "~/fields/find";
import { valueText } from "~/fields/values";
import { exact } from "~/format/numbers";
import { ImportResult } from "./ImportResult";
import { type Mapping, type Preview, type PreviewRow, takenFields } from "./imports";
import styles from "./imports.module.css";

interface CheckStepProps {
  object: ObjectType;
  preview: Preview;
  mapping: Mapping;
  busy: boolean;
  /** The check of all rows, once it was asked for. */
  checkId: string | null;
  onCheckAll: () => void;
  onBack: () => void;
  onNext: () => void;
}

/** The first rows as they would become, what is wrong marked at its cell; all rows on demand. */
export function CheckStep({
  object,
  preview,
  mapping,
  busy,
  checkId,
  onCheckAll,
  onBack,
  onNext,
}: CheckStepProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = takenFields(mapping).flatMap((name) => findField(object, name) ?? []);
  const bad = preview.preview.filter((row) => row.errors.length > 0).length;
  const more = preview.rows > preview.preview.length;
  return (
    <>
      {checkId && <ImportResult id={checkId} object={object.name} />}
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
              <th scope="col">{t("imports.reason")}</th>
            </tr>
          </thead>
          <tbody>
            {preview.preview.map((row) => (
              <tr key={row.index}>
                <td>{row.index + 1}</td>
                {fields.map((field) => (
                  <CheckedCell key={field.name} field={field} row={row} />
                ))}
                <td>{elsewhere(row, fields)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer className={styles.foot}>
        <span>
          {t(more ? "imports.seen" : "imports.seenAll", { count: preview.preview.length })}
        </span>
        {bad > 0 && <span className={styles.warn}>{t("imports.bad", { count: bad })}</span>}
        <span className={styles.spread} />
        <Button onClick={onBack}>{t("imports.back")}</Button>
        {more && !checkId && (
          <Button loading={busy} onClick={onCheckAll}>
            {t("imports.checkAll", { count: preview.rows, shown: exact(preview.rows) })}
          </Button>
        )}
        <Button type="primary" loading={busy} onClick={onNext}>
          {t("imports.run", { count: preview.rows, shown: exact(preview.rows) })}
        </Button>
      </footer>
    </>
  );
}

/** What stands against a row at none of its cells. */
function elsewhere(row: PreviewRow, fields: Field[]): string {
  const names = new Set(fields.map((field) => field.name));
  return row.errors
    .filter((error) => !error.field || !names.has(error.field))
    .map((error) => error.message)
    .join(" ");
}

function CheckedCell({ field, row }: { field: Field; row: PreviewRow }) {
  const wording = useWording();
  const problem = row.errors.find((error) => error.field === field.name);
  const value = row.values[field.name];
  const text = valueText(field, value, wording);
  if (!problem) return <td>{text}</td>;
  return (
    <td className={styles.bad}>
      <Tooltip title={problem.message}>
        <span>{text}</span>
      </Tooltip>
      <small>{problem.message}</small>
    </td>
  );
}
