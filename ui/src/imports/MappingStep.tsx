import { Button, Radio, Select, Tooltip } from "antd";
import { ArrowRight, Ban } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, ObjectType } from "~/api/types";
import { useLabel } from "~/app/words";
import { isWritable } from "~/fields/FieldEditor";
import { allFields } from "~/fields/find";
import { Dot, Tag } from "~/signs/signs";
import {
  type ImportMode,
  type Mapping,
  type Preview,
  type SheetColumn,
  takenFields,
  unsettled,
} from "./imports";
import styles from "./imports.module.css";

interface MappingStepProps {
  object: ObjectType;
  preview: Preview;
  mapping: Mapping;
  mode: ImportMode;
  keyField: string | null;
  busy: boolean;
  onMapping: (mapping: Mapping) => void;
  onMode: (mode: "each" | "all") => void;
  onKey: (field: string | null) => void;
  onBack: () => void;
  onNext: () => void;
}

/** Which column of the sheet goes into which field, and what its cells mean. */
export function MappingStep(props: MappingStepProps) {
  const { object, preview, mapping, onMapping } = props;
  const { t } = useTranslation();
  const label = useLabel();
  const [chosen, setChosen] = useState<string | null>(null);
  const fields = importFields(object, preview);
  const taken = takenFields(mapping);
  const missing = fields.filter(
    (field) => field.required && !field.default && !taken.includes(field.name),
  );
  const open = preview.columns.filter((column) => unsettled(column, mapping).length > 0);
  const shown = preview.columns.find((column) => column.name === chosen) ?? open[0] ?? null;
  const put = (column: string, field: string | null) =>
    onMapping({ ...mapping, [column]: { field, values: {} } });
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
                  mapping={mapping}
                  remembered={preview.remembered ?? false}
                  active={column.name === shown?.name && (column.choices?.length ?? 0) > 0}
                  onField={(name) => put(column.name, name)}
                  onChoose={() => setChosen(column.name)}
                />
              ))}
            </tbody>
          </table>
        </div>
        <aside className={styles.aside}>
          {shown && (shown.choices?.length ?? 0) > 0 && (
            <ChoiceMapping column={shown} fields={fields} mapping={mapping} onMapping={onMapping} />
          )}
          <Options
            {...props}
            keys={(preview.keys ?? []).filter((name) => taken.includes(name))}
            fields={fields}
          />
        </aside>
      </div>
      <footer className={styles.foot}>
        <span>
          {t("imports.taken", { count: taken.length, left: preview.columns.length - taken.length })}
        </span>
        {open.length > 0 && (
          <span className={styles.warn}>{t("imports.unsettled", { count: open.length })}</span>
        )}
        {missing.length > 0 && (
          <span className={styles.warn}>
            {t("imports.missing", {
              fields: missing.map((field) => label(field.label)).join(t("imports.comma")),
            })}
          </span>
        )}
        <span className={styles.spread} />
        <Button onClick={props.onBack}>{t("imports.back")}</Button>
        <Button
          type="primary"
          loading={props.busy}
          disabled={taken.length === 0 || (missing.length > 0 && !props.keyField)}
          onClick={props.onNext}
        >
          {t("imports.toCheck")}
        </Button>
      </footer>
    </>
  );
}

function importFields(object: ObjectType, preview: Preview): Field[] {
  const offered = preview.fields;
  return allFields(object).filter((field) =>
    offered
      ? offered.includes(field.name)
      : isWritable(field) && field.type !== "file" && field.type !== "lines",
  );
}

interface ColumnRowProps {
  column: SheetColumn;
  fields: Field[];
  taken: string[];
  mapping: Mapping;
  remembered: boolean;
  /** Its cells are being told in the column at the right. */
  active: boolean;
  onField: (name: string | null) => void;
  onChoose: () => void;
}

function ColumnRow({
  column,
  fields,
  taken,
  mapping,
  remembered,
  active,
  onField,
  onChoose,
}: ColumnRowProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const chosen = mapping[column.name]?.field ?? null;
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
    <tr className={`${chosen ? "" : styles.left} ${active ? styles.active : ""}`}>
      <td>
        <strong>{column.name}</strong>
      </td>
      <td title={column.samples.join("\n")}>{column.samples[0] ?? ""}</td>
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
          onChange={(name: string) => onField(name || null)}
        />
      </td>
      <td>
        {chosen && (
          <Finding column={column} mapping={mapping} remembered={remembered} onChoose={onChoose} />
        )}
      </td>
    </tr>
  );
}

interface FindingProps {
  column: SheetColumn;
  mapping: Mapping;
  remembered: boolean;
  onChoose: () => void;
}

/** What was found out about a column: how it was recognised, and what is to settle. */
function Finding({ column, mapping, remembered, onChoose }: FindingProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const open = unsettled(column, mapping).length;
  const warning = column.warnings?.[0];
  if (open > 0) {
    return (
      <button type="button" className={styles.finding} onClick={onChoose}>
        <Tag colour="amber">{t("imports.valuesToMatch", { count: open })}</Tag>
      </button>
    );
  }
  if (warning) {
    return (
      <Tooltip title={label(warning.message)}>
        <span>
          <Tag colour="amber">{t("imports.look2")}</Tag>
        </span>
      </Tooltip>
    );
  }
  if ((column.choices?.length ?? 0) > 0) {
    return (
      <button type="button" className={styles.finding} onClick={onChoose}>
        <Tag colour="green">{t("imports.valuesMatched")}</Tag>
      </button>
    );
  }
  if (column.field !== mapping[column.name]?.field)
    return <Tag colour="blue">{t("imports.chosen")}</Tag>;
  return <Tag colour="violet">{t(remembered ? "imports.remembered" : "imports.guessed")}</Tag>;
}

interface ChoiceMappingProps {
  column: SheetColumn;
  fields: Field[];
  mapping: Mapping;
  onMapping: (mapping: Mapping) => void;
}

/** What the cells of a column mean that are written otherwise than the field's choices. */
function ChoiceMapping({ column, fields, mapping, onMapping }: ChoiceMappingProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const known = mapping[column.name];
  const field = fields.find((one) => one.name === known?.field);
  if (!known || !field) return null;
  const options = (field.choices ?? [])
    .filter((choice) => !choice.hidden)
    .map((choice) => ({
      value: choice.key,
      label: (
        <span className={styles.choice}>
          <Dot colour={choice.color} /> {label(choice.label)}
        </span>
      ),
      search: `${choice.label.zh} ${choice.label.en ?? ""}`.toLowerCase(),
    }));
  const put = (value: string, key: string | undefined) => {
    const values = { ...known.values };
    if (key) values[value] = key;
    else delete values[value];
    onMapping({ ...mapping, [column.name]: { field: known.field, values } });
  };
  return (
    <section className={styles.choices}>
      <h2>
        {column.name} → {label(field.label)}
      </h2>
      <p className={styles.hint}>{t("imports.choicesHint")}</p>
      <ul>
        {(column.choices ?? []).map((one) => (
          <li key={one.value}>
            <span title={one.value}>{one.value}</span>
            <small>{t("imports.inRows", { count: one.rows })}</small>
            <Select
              aria-label={t("imports.meaningOf", { value: one.value })}
              allowClear
              showSearch
              optionFilterProp="search"
              placeholder={t("imports.chooseMeaning")}
              value={known.values[one.value] ?? one.choice ?? undefined}
              options={options}
              onChange={(key: string | undefined) => put(one.value, key)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

type OptionsProps = MappingStepProps & { keys: string[]; fields: Field[] };

function Options({ mode, keyField, keys, fields, onMode, onKey }: OptionsProps) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <section>
      <h2>{t("imports.how")}</h2>
      <Radio.Group
        className={styles.modes}
        value={mode}
        onChange={(event) => onMode(event.target.value === "all" ? "all" : "each")}
        options={(["each", "all"] as const).map((value) => ({
          value,
          label: t(`imports.mode.${value}`),
        }))}
      />
      <label htmlFor="import-key">{t("imports.key")}</label>
      <Select
        id="import-key"
        style={{ width: "100%" }}
        value={keyField ?? ""}
        options={[
          { value: "", label: t("imports.keyNone") },
          ...keys.map((name) => ({
            value: name,
            label: label(fields.find((field) => field.name === name)?.label) || name,
          })),
        ]}
        onChange={(name: string) => onKey(name || null)}
      />
      <p className={styles.hint}>{t("imports.undoHint")}</p>
    </section>
  );
}
