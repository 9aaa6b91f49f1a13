import { Tooltip } from "antd";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useTimeline } from "~/api/queries";
import type { Choice, Field, RecordData } from "~/api/types";
import { useLabel, useNow, useWording } from "~/app/words";
import { openChoices } from "~/fields/choices";
import { isEditable } from "~/fields/FieldEditor";
import { dayOf, daysBetween } from "~/format/dates";
import { useSaveField } from "~/records/editing";
import { useRecordPlace } from "./place";
import { textProp } from "./props";
import type { BrickProps } from "./registry";
import styles from "./stage-bar.module.css";

/** The states of a record as a way: done, now with its days, next. A click moves it. */
export default function StageBar({ props }: BrickProps) {
  const { object, record } = useRecordPlace();
  const { t } = useTranslation();
  const label = useLabel();
  const save = useSaveField(object);
  const field = object.fields.find((item) => item.name === textProp(props.field));
  const days = useDays(record, object.name, field?.name ?? "");
  if (!field?.choices) return null;
  const current = record[field.name];
  const stages = field.choices.filter((choice) => !choice.hidden || choice.key === current);
  const at = stages.findIndex((choice) => choice.key === current);
  const open = new Set(openChoices(field, current as string | null).map((choice) => choice.key));
  const editable = isEditable(field, record);
  return (
    <ol className={styles.bar} aria-label={label(field.label)}>
      {stages.map((stage, index) => {
        const state = index < at ? "done" : index === at ? "now" : "next";
        const movable = editable && index !== at && open.has(stage.key);
        return (
          <li
            key={stage.key}
            className={styles[state]}
            aria-current={state === "now" ? "step" : undefined}
          >
            <Tooltip
              title={
                movable
                  ? t("stage.move", { stage: label(stage.label) })
                  : editable && state !== "now"
                    ? closedReason(field, current, stage, t, label)
                    : null
              }
              mouseEnterDelay={0.4}
            >
              <button
                type="button"
                disabled={!movable}
                onClick={() => void save(record, field, stage.key)}
              >
                {state === "done" && <Check size={13} strokeWidth={2} aria-hidden />}
                <span>{label(stage.label)}</span>
                {state === "now" && days !== null && (
                  <span>{t("stage.days", { count: days })}</span>
                )}
              </button>
            </Tooltip>
          </li>
        );
      })}
    </ol>
  );
}

type T = ReturnType<typeof useTranslation>["t"];
type LabelOf = ReturnType<typeof useLabel>;

/** Why one can't go there from here: the way's own words, else that there is none. */
function closedReason(field: Field, current: unknown, stage: Choice, t: T, label: LabelOf): string {
  const way = field.transitions?.find(
    (item) => (item.from ?? null) === (current ?? null) && item.to.includes(stage.key),
  );
  return label(way?.message) || t("stage.closed", { stage: label(stage.label) });
}

/** Days since the field last changed, by the part of the timeline that is loaded. */
function useDays(record: RecordData, object: string, field: string): number | null {
  const entries = useTimeline(object, record.id).data?.pages.flatMap((page) => page.data) ?? [];
  const { zone } = useWording();
  const now = useNow();
  const moved = entries.find((entry) => entry.fields && field in entry.fields);
  const since = moved?.at ?? (typeof record.created_at === "string" ? record.created_at : null);
  return since ? daysBetween(dayOf(new Date(since), zone), dayOf(now, zone)) : null;
}
