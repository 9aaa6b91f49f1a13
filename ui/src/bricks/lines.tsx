import { LinesTable } from "~/forms/LinesTable";
import styles from "./facts.module.css";
import { useRecordPlace } from "./place";
import { fieldsProp, textProp } from "./props";
import type { BrickProps } from "./registry";

/** The lines of the record, to read. They are written in its form. */
export default function Lines({ props }: BrickProps) {
  const { object, record } = useRecordPlace();
  const field = object.fields.find((item) => item.name === textProp(props.field));
  if (!field) return null;
  return (
    <section className={styles.facts}>
      <LinesTable field={field} rows={record[field.name]} columns={fieldsProp(props.columns)} />
    </section>
  );
}
