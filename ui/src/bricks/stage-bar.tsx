import { Dropdown, Tooltip } from "antd";
import { Check, Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useTimeline } from "~/api/queries";
import type { Choice, Field, Label, RecordData, Transition } from "~/api/types";
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
  const { object, record, panel } = useRecordPlace();
  const label = useLabel();
  const save = useSaveField(object);
  const field = object.fields.find((item) => item.name === textProp(props.field));
  const days = useDays(record, object.name, field?.name ?? "");
  if (!field?.choices) return null;
  const current = record[field.name];
  const { way, aside } = stages(field.choices, current);
  const at = way.findIndex((choice) => choice.key === current);
  const left = aside.find((choice) => choice.key === current);
  const open = isEditable(field, record) ? openChoices(field, current as string | null) : [];
  const move = (key: string) => void save(record, field, key);
  return (
    <div className={`${styles.bar} ${panel ? styles.panel : ""}`}>
      <ol aria-label={label(field.label)}>
        {way.map((stage, index) => (
          <Stage
            key={stage.key}
            stage={stage}
            state={at < 0 ? "next" : index < at ? "done" : index === at ? "now" : "next"}
            days={index === at ? days : null}
            open={open.some((choice) => choice.key === stage.key) && index !== at}
            closed={
              open.length > 0 && index !== at
                ? (wayTo(field, current, stage)?.message ?? null)
                : null
            }
            onMove={() => move(stage.key)}
          />
        ))}
        {left && (
          <Stage
            stage={left}
            state="left"
            days={days}
            open={false}
            closed={null}
            onMove={() => {}}
          />
        )}
      </ol>
      <Aside
        choices={aside.filter((choice) => choice !== left && open.includes(choice))}
        onMove={move}
      />
    </div>
  );
}

/** The way ends at the first choice of success; what stands after it leads off the way. */
function stages(choices: Choice[], current: unknown): { way: Choice[]; aside: Choice[] } {
  const shown = choices.filter((choice) => !choice.hidden || choice.key === current);
  const end = shown.findIndex((choice) => choice.color === "green");
  const way = shown.filter((choice, index) => choice.color !== "red" && (end < 0 || index <= end));
  return { way, aside: shown.filter((choice) => !way.includes(choice)) };
}

/** The way from where the record stands to `stage`, with its condition's words. */
function wayTo(field: Field, current: unknown, stage: Choice): Transition | undefined {
  return field.transitions?.find(
    (item) => (item.from ?? null) === (current ?? null) && item.to.includes(stage.key),
  );
}

interface StageProps {
  stage: Choice;
  state: "done" | "now" | "next" | "left";
  days: number | null;
  /** Whether one can go there from here. */
  open: boolean;
  /** What has to hold before one can. */
  closed: Label | null;
  onMove: () => void;
}

function Stage({ stage, state, days, open, closed, onMove }: StageProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const hint = open ? label(closed) || t("stage.move", { stage: label(stage.label) }) : null;
  return (
    <li
      className={`${styles[state]} ${state === "left" && stage.color === "red" ? styles.bad : ""}`}
      aria-current={state === "now" || state === "left" ? "step" : undefined}
    >
      <Tooltip title={hint} mouseEnterDelay={0.4}>
        <button type="button" disabled={!open} onClick={onMove}>
          {state === "done" && (
            <Check className={styles.check} size={13} strokeWidth={2} aria-hidden />
          )}
          <span>{label(stage.label)}</span>
          {days !== null && <span>{t("stage.days", { count: days })}</span>}
        </button>
      </Tooltip>
    </li>
  );
}

/** The states that end or interrupt the way. */
function Aside({ choices, onMove }: { choices: Choice[]; onMove: (key: string) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  if (choices.length === 0) return null;
  const items = choices.map((choice) => ({
    key: choice.key,
    label: label(choice.label),
    danger: choice.color === "red",
  }));
  return (
    <Dropdown
      menu={{ items, onClick: ({ key }) => onMove(key) }}
      trigger={["click"]}
      placement="bottomRight"
    >
      <button
        type="button"
        className={styles.aside}
        aria-label={t("stage.aside")}
        aria-haspopup="menu"
      >
        <Ellipsis size={14} strokeWidth={1.75} aria-hidden />
      </button>
    </Dropdown>
  );
}

/** Days since the field last changed, by the part of the timeline that is loaded. */
function useDays(record: RecordData, object: string, field: string): number | null {
  const entries = useTimeline(object, record.id).data?.pages.flatMap((page) => page.data) ?? [];
  const { zone } = useWording();
  const now = useNow();
  const moved = entries.find((entry) => entry.fields && field in entry.fields);
  const since =
    moved?.occurred_at ??
    moved?.at ??
    (typeof record.created_at === "string" ? record.created_at : null);
  return since ? daysBetween(dayOf(new Date(since), zone), dayOf(now, zone)) : null;
}
