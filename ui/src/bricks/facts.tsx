import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, ObjectType, RecordData } from "~/api/types";
import { usePhone } from "~/app/screen";
import { useLabel } from "~/app/words";
import { findField } from "~/fields/find";
import { isEmpty } from "~/fields/values";
import { LinesTable } from "~/forms/LinesTable";
import { EditableValue } from "~/records/EditableValue";
import styles from "./facts.module.css";
import { useRecordPlace } from "./place";
import { fieldsProp, labelProp } from "./props";
import type { BrickProps } from "./registry";

/** Fields with their values, edited where they stand; lines as a table below. */
export default function Facts({ props }: BrickProps) {
  const { object, record, panel } = useRecordPlace();
  const label = useLabel();
  const heading = labelProp(props.label);
  const fields = factFields(object, fieldsProp(props.fields));
  const { t } = useTranslation();
  const phone = usePhone();
  const [whole, setWhole] = useState(false);
  const known = fields.filter((field) => field.type !== "lines" && field.name in record);
  const empty = panel || phone ? known.filter((field) => isEmpty(record[field.name])) : [];
  const plain = whole ? known : known.filter((field) => !empty.includes(field));
  const lines = fields.filter((field) => field.type === "lines");
  return (
    <section className={styles.facts}>
      {heading && <h2>{label(heading)}</h2>}
      {plain.length > 0 && (
        <dl>
          {plain.map((field) => (
            <Fact key={field.name} object={object} record={record} field={field} />
          ))}
        </dl>
      )}
      {empty.length > 0 && (
        <button
          type="button"
          className={styles.more}
          aria-expanded={whole}
          onClick={() => setWhole(!whole)}
        >
          {t(whole ? "facts.fewer" : "facts.more", { count: empty.length })}
        </button>
      )}
      {lines.map((field) => (
        <LinesTable key={field.name} field={field} rows={record[field.name]} />
      ))}
    </section>
  );
}

/** The named fields; all but the title where none is named. */
function factFields(object: ObjectType, names: string[]): Field[] {
  if (names.length > 0) return names.flatMap((name) => findField(object, name) ?? []);
  return object.fields.filter(
    (field) => field.name !== object.title_field && !field.id.startsWith("_"),
  );
}

function Fact({ object, record, field }: { object: ObjectType; record: RecordData; field: Field }) {
  const label = useLabel();
  return (
    <div>
      <dt title={label(field.help) || undefined}>{label(field.label)}</dt>
      <dd>
        <EditableValue object={object} record={record} field={field} />
      </dd>
    </div>
  );
}
