import { Button, Radio, Select } from "antd";
import { ArrowRight, Ban } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Field, ObjectType } from "~/api/types";
import { useLabel } from "~/app/words";
import { isWritable } from "~/fields/FieldEditor";
import { allFields } from "~/fields/find";
import { Tag } from "~/signs/signs";
import type { ImportMode, Mapping, Preview, SheetColumn } from "./imports";
import styles from "./imports.module.css";

interface MappingStepProps {
  object: ObjectType;
  preview: Preview;
  mapping: Mapping;
  mode: ImportMode;
  keyField: string | null;
  busy: boolean;
  onMapping: (mapping: Mapping) => void;
  onMode: (mode: ImportMode) => void;
  onKey: (field: string) => void;
  onBack: () => void;
  onNext: () => void;
}

/** Which column of the sheet goes into which field. */
export function MappingStep({
  object,
  preview,
  mapping,
  mode,
  keyField,
  busy,
  onMapping,
  onMode,
  onKey,
  onBack,
  onNext,
}: MappingStepProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = importFields(object);
  const taken = Object.values(mapping).filter((name) => name !== null);
  const missing = fields.filter(
    (field) => field.required && !field.default && !taken.includes(field.name),
  );
  const left = preview.columns.length - taken.length;
  const keyless = mode !== "create" && !keyField;
  return (
    <>
      <div className={styles.split}>
        <div className={styles.scroll}>
          <table className={styles.mapping}>
            <thead>
              <tr>
                <th scope="col">{t("imports.column")}</th>
                <th scope="col">{t("imports.firstValue")}</th>
                <th aria-hidden />
                <th scope="col">{t("imports.into")}</th>
                <th scope="col">{t("imports.found")}</th>
              </tr>
            </thead>
            <tbody>
              {preview.columns.map((column) => (
                <ColumnRow
                  key={column.name}
                  column={column}
                  fields={fields}
                  taken={taken}
                  chosen={mapping[column.name] ?? null}
                  onChoose={(name) => onMapping({ ...mapping, [column.name]: name })}
                />
              ))}
            </tbody>
          </table>
        </div>
        <aside className={styles.aside}>
          <h2>{t("imports.how")}</h2>
          <Radio.Group
            className={styles.modes}
            value={mode}
            onChange={(event) => onMode(event.target.value as ImportMode)}
            options={(["create", "upsert", "update"] as const).map((value) => ({
              value,
              label: t(`imports.mode.${value}`),
            }))}
          />
          {mode !== "create" && (
            <>
              <label htmlFor="import-key">{t("imports.key")}</label>
              <Select
                id="import-key"
                style={{ width: "100%" }}
                value={keyField}
                placeholder={t("imports.keyHint")}
                options={fields
                  .filter((field) => taken.includes(field.name))
                  .map((field) => ({ value: field.name, label: label(field.label) }))}
                onChange={(name: string) => onKey(name)}
              />
            </>
          )}
          <p className={styles.hint}>{t("imports.undoHint")}</p>
        </aside>
      </div>
      <footer className={styles.foot}>
        <span>{t("imports.taken", { count: taken.length, left })}</span>
        {missing.length > 0 && mode !== "update" && (
          <span className={styles.warn}>
            {t("imports.missing", {
              fields: missing.map((field) => label(field.label)).join(t("imports.comma")),
            })}
          </span>
        )}
        <span className={styles.spread} />
        <Button onClick={onBack}>{t("imports.back")}</Button>
        <Button
          type="primary"
          loading={busy}
          disabled={taken.length === 0 || keyless || (missing.length > 0 && mode === "create")}
          onClick={onNext}
        >
          {t("imports.toCheck")}
        </Button>
      </footer>
    </>
  );
}

function importFields(object: ObjectType): Field[] {
  return allFields(object).filter(
    (field) => isWritable(field) && field.type !== "file" && field.type !== "lines",
  );
}

interface ColumnRowProps {
  column: SheetColumn;
  fields: Field[];
  taken: (string | null)[];
  chosen: string | null;
  onChoose: (name: string | null) => void;
}

function ColumnRow({ column, fields, taken, chosen, onChoose }: ColumnRowProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const options = [
    {
      value: "",
      label: (
        <span className={styles.leave}>
          <Ban size={14} aria-hidden /> {t("imports.leave")}
        </span>
      ),
      search: "",
    },
    ...fields.map((field) => ({
      value: field.name,
      label: label(field.label),
      search: `${field.label.zh} ${field.label.en ?? ""} ${field.name}`.toLowerCase(),
      disabled: field.name !== chosen && taken.includes(field.name),
    })),
  ];
  return (
    <tr className={chosen ? undefined : styles.left}>
      <td>
        <strong>{column.name}</strong>
      </td>
      <td>{column.samples[0] ?? ""}</td>
      <td>
        <ArrowRight size={14} strokeWidth={1.75} aria-hidden />
      </td>
      <td>
        <Select
          aria-label={t("imports.fieldOf", { column: column.name })}
          style={{ width: "100%" }}
          showSearch
          optionFilterProp="search"
          value={chosen ?? ""}
          options={options}
          onChange={(name: string) => onChoose(name || null)}
        />
      </td>
      <td>
        {chosen && column.field === chosen && <Tag colour="violet">{t("imports.guessed")}</Tag>}
        {chosen && column.field !== chosen && <Tag colour="blue">{t("imports.chosen")}</Tag>}
      </td>
    </tr>
  );
}
