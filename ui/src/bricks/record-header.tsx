import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Field, RecordData } from "~/api/types";
import { useLabel, useWording } from "~/app/words";
import { findField } from "~/fields/find";
import { Time, Value } from "~/fields/Value";
import { asReference, fullText, isEmpty, isNumber, shownType, valueText } from "~/fields/values";
import { when } from "~/format/dates";
import { ActionButton, openActions } from "~/records/actions";
import { Avatar, Tile } from "~/signs/signs";
import { useRecordPlace } from "./place";
import { fieldsProp, textsProp } from "./props";
import styles from "./record-header.module.css";
import type { BrickProps } from "./registry";

/** Who or what this is, where it stands, its figures, and the likeliest next steps. */
export default function RecordHeader({ props }: BrickProps) {
  const { object, record, panel } = useRecordPlace();
  const title = String(record[object.title_field] ?? "");
  const badges = fieldsProp(props.badges).flatMap((name) => found(findField(object, name), record));
  const facts = fieldsProp(props.facts).flatMap((name) => findField(object, name) ?? []);
  const actions = openActions(
    object,
    record,
    props.actions === undefined ? null : textsProp(props.actions),
  );
  return (
    <>
      <header className={`${styles.header} ${panel ? styles.panel : ""}`}>
        {!panel && <Tile name={title} size={44} />}
        <div className={styles.main}>
          <div className={styles.titleRow}>
            <Heading panel={panel}>{title}</Heading>
            {badges.map((field) => (
              <Value key={field.name} field={field} value={record[field.name]} inert />
            ))}
          </div>
          <SubLine fields={facts.filter((field) => !isFigure(field))} record={record} />
        </div>
        {actions.length > 0 && (
          <div className={styles.actions}>
            {actions.map((action, index) => (
              <ActionButton
                key={action.name}
                object={object}
                record={record}
                action={action}
                primary={index === 0 && !panel}
                small={panel}
              />
            ))}
          </div>
        )}
      </header>
      <Figures fields={facts.filter(isFigure)} record={record} />
    </>
  );
}

function Heading({ panel, children }: { panel: boolean; children: string }) {
  return panel ? (
    <h2 className={styles.title}>{children}</h2>
  ) : (
    <h1 className={styles.title}>{children}</h1>
  );
}

function found(field: Field | undefined, record: RecordData): Field[] {
  return field && !isEmpty(record[field.name]) ? [field] : [];
}

function isFigure(field: Field): boolean {
  return isNumber(field) || shownType(field) === "date" || shownType(field) === "datetime";
}

function SubLine({ fields, record }: { fields: Field[]; record: RecordData }) {
  const { t } = useTranslation();
  const wording = useWording();
  const owner = asReference(record.owner);
  const updated = typeof record.updated_at === "string" ? record.updated_at : null;
  return (
    <p className={styles.sub}>
      {fields
        .flatMap((field) => found(field, record))
        .map((field) => (
          <span key={field.name}>
            {field.type === "reference" ? (
              <ReferenceFact field={field} record={record} />
            ) : (
              valueText(field, record[field.name], wording)
            )}
          </span>
        ))}
      {owner && !fields.some((field) => field.name === "owner") && (
        <span className={styles.owner}>
          <Avatar name={owner.title} size={16} />
          {t("record.owner", { name: owner.title })}
        </span>
      )}
      {updated && (
        <span>
          {t("record.updated")} <Time iso={updated} text={when(updated, wording)} />
        </span>
      )}
    </p>
  );
}

function ReferenceFact({ field, record }: { field: Field; record: RecordData }) {
  const reference = asReference(record[field.name]);
  if (!reference) return null;
  return <Link to={`/records/${field.object}/${reference.id}`}>{reference.title}</Link>;
}

function Figures({ fields, record }: { fields: Field[]; record: RecordData }) {
  const label = useLabel();
  const wording = useWording();
  if (fields.length === 0) return null;
  return (
    <dl className={styles.figures}>
      {fields.map((field) => (
        <div key={field.name}>
          <dt>{label(field.label)}</dt>
          <dd title={fullText(field, record[field.name], wording)}>
            {valueText(field, record[field.name], wording)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
