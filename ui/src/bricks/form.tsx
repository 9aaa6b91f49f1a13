import { Button } from "antd";
import { type FormEvent, useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Brick, Field } from "~/api/types";
import { useLabel } from "~/app/words";
import { FieldEditor, isWritable } from "~/fields/FieldEditor";
import { findField } from "~/fields/find";
import { writableFields } from "~/forms/draft";
import { useForm } from "~/forms/form";
import { LinesEditor } from "~/forms/LinesEditor";
import styles from "./form.module.css";
import { fieldsProp, labelProp, textProp } from "./props";
import type { BrickProps } from "./registry";

/** A record's fields in sections, checked as one types, with the way to save at the foot. */
export default function FormBrick({ items }: BrickProps) {
  const form = useForm();
  const { t } = useTranslation();
  const layout = items.length > 0 ? items : standard(writableFields(form.object));
  useSaveKey(() => void form.submit());
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    void form.submit();
  };
  return (
    <form className={styles.form} noValidate onSubmit={handleSubmit}>
      <div className={styles.scroll}>
        <div className={styles.body}>
          {form.problems.length > 0 && (
            <ul className={styles.problems} role="alert">
              {form.problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          )}
          {layout.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a layout has no other identity, and does not reorder.
            <Part key={index} item={item} />
          ))}
        </div>
      </div>
      <footer className={styles.foot}>
        <Button onClick={form.cancel}>{t("action.cancel")}</Button>
        <Button type="primary" htmlType="submit" loading={form.saving}>
          {t("action.save")}
        </Button>
      </footer>
    </form>
  );
}

/** One section of the plain fields, then the lines. */
function standard(fields: Field[]): Brick[] {
  const plain = fields.filter((field) => field.type !== "lines").map((field) => field.name);
  const lines = fields.filter((field) => field.type === "lines");
  return [
    { brick: "section", props: { fields: plain } },
    ...lines.map((field) => ({ brick: "lines", props: { field: field.name } })),
  ];
}

function Part({ item }: { item: Brick }) {
  const form = useForm();
  const props = item.props ?? {};
  if (item.brick === "lines") {
    const field = form.object.fields.find((one) => one.name === textProp(props.field));
    return field ? <LinesEditor field={field} columns={fieldsProp(props.columns)} /> : null;
  }
  return <Section props={props} />;
}

function Section({ props }: { props: Record<string, unknown> }) {
  const form = useForm();
  const label = useLabel();
  const heading = label(labelProp(props.label));
  const fields = fieldsProp(props.fields).flatMap((name) => findField(form.object, name) ?? []);
  return (
    <fieldset className={styles.section}>
      {heading && <legend>{heading}</legend>}
      <div className={styles.fields}>
        {fields.filter(isWritable).map((field) => (
          <FormField key={field.name} field={field} />
        ))}
      </div>
    </fieldset>
  );
}

const WIDE = new Set(["long_text", "address", "file", "references", "multi_select"]);

function FormField({ field }: { field: Field }) {
  const form = useForm();
  const label = useLabel();
  const { t } = useTranslation();
  const problem = form.problemOf(field);
  const id = `field-${field.name}`;
  const masked = form.record?._masked?.includes(field.name) ?? false;
  const note = problem ?? label(field.help);
  return (
    <div className={WIDE.has(field.type) ? styles.wide : undefined}>
      <label htmlFor={id}>
        {label(field.label)}
        {field.required && (
          <span className={styles.required} title={t("form.required")}>
            *
          </span>
        )}
      </label>
      <FieldEditor
        id={id}
        field={field}
        value={form.values[field.name]}
        record={form.record}
        describedBy={note ? `${id}-note` : undefined}
        invalid={problem !== undefined}
        disabled={masked}
        onChange={(value) => form.setValue(field.name, value)}
        onCommit={() => form.touch(field.name)}
      />
      {note && (
        <p id={`${id}-note`} className={problem ? styles.problem : styles.help}>
          {note}
        </p>
      )}
    </div>
  );
}

/** Ctrl S saves, wherever the focus is. */
function useSaveKey(save: () => void): void {
  useEffect(() => {
    const handleKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      save();
    };
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  });
}
