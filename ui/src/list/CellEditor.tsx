import { Tooltip } from "antd";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, RecordData } from "~/api/types";
import { useLabel } from "~/app/words";
import { check } from "~/fields/check";
import { FieldEditor } from "~/fields/FieldEditor";
import styles from "./grid.module.css";

interface CellEditorProps {
  field: Field;
  record: RecordData;
  value: unknown;
  /** `base` is the record as it stood when the edit began. */
  onSave: (value: unknown, base: RecordData) => void;
  /** The edit is over; on to the next cell (1), the one before (-1) or none (0). */
  onEnd: (step: number) => void;
}

/** A cell being edited: Enter and leaving save, Tab saves and moves on, Esc puts back. */
export function CellEditor({ field, record, value, onSave, onEnd }: CellEditorProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const [draft, setDraft] = useState<unknown>(value);
  const [base] = useState(record);
  const over = useRef(false);
  const problem = check(field, draft);

  const end = (step: number, next: unknown = draft) => {
    if (over.current || check(field, next)) return;
    over.current = true;
    onSave(next, base);
    onEnd(step);
  };
  const handleKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      over.current = true;
      onEnd(0);
    } else if (event.key === "Tab") {
      event.preventDefault();
      end(event.shiftKey ? -1 : 1);
    }
    event.stopPropagation();
  };
  return (
    <Tooltip
      open={problem !== null}
      title={problem && t(`check.${problem.code}`, problem.values ?? {})}
      placement="bottomLeft"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Esc and Tab end the edit from any control in it. */}
      <div className={styles.editor} onKeyDown={handleKey} role="presentation">
        <FieldEditor
          bare
          autoFocus
          field={field}
          record={record}
          value={draft}
          name={label(field.label)}
          invalid={problem !== null}
          onChange={setDraft}
          onCommit={(chosen) => end(0, chosen === undefined ? draft : chosen)}
        />
      </div>
    </Tooltip>
  );
}
