/** A value that becomes its editor where it stands: Enter saves, Esc puts it back. */
import { Button } from "antd";
import { Pencil } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, ObjectType, RecordData } from "~/api/types";
import { useLabel } from "~/app/words";
import { check } from "~/fields/check";
import { FieldEditor, isEditable } from "~/fields/FieldEditor";
import { RecordValue } from "~/fields/RecordValue";
import styles from "./editable.module.css";
import { useSaveField } from "./editing";

/** Types edited in several controls: leaving one of them is not the end of the edit. */
const SEVERAL = new Set(["address", "file"]);

interface EditableValueProps {
  object: ObjectType;
  record: RecordData;
  field: Field;
}

export function EditableValue({ object, record, field }: EditableValueProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const save = useSaveField(object);
  const [draft, setDraft] = useState<{ value: unknown; base: RecordData } | null>(null);
  const value = record[field.name];
  const problem = draft ? check(field, draft.value) : null;

  if (!isEditable(field, record)) {
    return (
      <div className={styles.still}>
        <RecordValue field={field} record={record} value={value} />
      </div>
    );
  }
  if (!draft) {
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut of the mouse for the button in it.
      // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has the button.
      <div
        className={styles.value}
        onClick={(event) => !isLink(event.target) && setDraft({ value, base: record })}
      >
        <RecordValue field={field} record={record} value={value} />
        <button
          type="button"
          className={styles.pencil}
          aria-label={t("record.edit", { field: label(field.label) })}
          onClick={() => setDraft({ value, base: record })}
        >
          <Pencil size={12} strokeWidth={2} aria-hidden />
        </button>
      </div>
    );
  }
  const several = SEVERAL.has(field.type);
  const commit = (chosen?: unknown) => {
    const next = chosen === undefined ? draft.value : chosen;
    if (check(field, next)) return;
    setDraft(null);
    void save(draft.base, field, next);
  };
  const handleKey = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      setDraft(null);
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc ends the edit from any control in it.
    <div
      className={several ? styles.several : styles.editing}
      onKeyDown={handleKey}
      role="presentation"
    >
      <FieldEditor
        field={field}
        value={draft.value}
        record={record}
        name={label(field.label)}
        bare={!several}
        autoFocus
        invalid={problem !== null}
        onChange={(next) => setDraft({ ...draft, value: next })}
        onCommit={several ? undefined : commit}
      />
      {several && (
        <div className={styles.acts}>
          <Button size="small" type="primary" onClick={() => commit()}>
            {t("action.save")}
          </Button>
          <Button size="small" onClick={() => setDraft(null)}>
            {t("action.cancel")}
          </Button>
        </div>
      )}
      {problem && (
        <p className={styles.problem}>{t(`check.${problem.code}`, problem.values ?? {})}</p>
      )}
    </div>
  );
}

function isLink(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a") !== null;
}
