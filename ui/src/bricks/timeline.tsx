import { Button } from "antd";
import {
  ArchiveRestore,
  Bot,
  FileInput,
  type LucideIcon,
  Pencil,
  Plus,
  ShieldCheck,
  Timer,
  Trash2,
  Webhook,
  Workflow,
} from "lucide-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { useTimeline } from "~/api/queries";
import type { Field, TimelineEntry } from "~/api/types";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { useLabel, useWording } from "~/app/words";
import { isEditable } from "~/fields/FieldEditor";
import { findField } from "~/fields/find";
import { Time, useTitle } from "~/fields/Value";
import { asReference, isEmpty, isReference, sameValue, targetOf, valueText } from "~/fields/values";
import { when } from "~/format/dates";
import { useSaveField } from "~/records/editing";
import { useRecordPlace } from "./place";
import styles from "./timeline.module.css";
import { causeText, isMachine, type Period, periodOf } from "./timeline_words";

const KINDS: Readonly<Record<string, LucideIcon>> = {
  create: Plus,
  update: Pencil,
  delete: Trash2,
  purge: Trash2,
  restore: ArchiveRestore,
};
const MACHINES: Readonly<Record<string, LucideIcon>> = {
  import: FileInput,
  flow: Workflow,
  timer: Timer,
  source: Webhook,
  rule: ShieldCheck,
  system: Bot,
};

/** All that happened to the record, newest first: who, what, from what to what, and why. */
export default function Timeline() {
  const { object, record } = useRecordPlace();
  const { t } = useTranslation();
  const wording = useWording();
  const timeline = useTimeline(object.name, record.id);
  const slow = useSlow(timeline.isPending);
  if (timeline.error)
    return <Failed small error={timeline.error} onRetry={() => void timeline.refetch()} />;
  if (timeline.isPending)
    return slow ? <p className={styles.none}>{t("timeline.loading")}</p> : null;
  const entries = timeline.data.pages.flatMap((page) => page.data);
  return (
    <section className={styles.timeline} aria-label={t("timeline.title")}>
      {entries.length === 0 && <p className={styles.none}>{t("timeline.none")}</p>}
      {grouped(entries, (entry) => periodOf(happened(entry), wording)).map(([period, group]) => (
        <Fragment key={period.key}>
          <h3>{period.month ?? t(`timeline.period.${period.key as "today"}`)}</h3>
          <ol>
            {group.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        </Fragment>
      ))}
      {timeline.hasNextPage && (
        <Button
          type="text"
          size="small"
          loading={timeline.isFetchingNextPage}
          onClick={() => void timeline.fetchNextPage()}
        >
          {t("timeline.more")}
        </Button>
      )}
    </section>
  );
}

function happened(entry: TimelineEntry): string {
  return entry.occurred_at ?? entry.at;
}

function grouped(
  entries: TimelineEntry[],
  period: (entry: TimelineEntry) => Period,
): [Period, TimelineEntry[]][] {
  const groups = new Map<string, [Period, TimelineEntry[]]>();
  for (const entry of entries) {
    const key = period(entry);
    const group = groups.get(key.key) ?? [key, []];
    group[1].push(entry);
    groups.set(key.key, group);
  }
  return [...groups.values()];
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { object } = useRecordPlace();
  const { t } = useTranslation();
  const label = useLabel();
  const wording = useWording();
  const machine = isMachine(entry);
  const Icon =
    (machine ? MACHINES[entry.via ?? ""] : KINDS[entry.kind]) ?? (machine ? Bot : Pencil);
  const changes = Object.entries(entry.fields ?? {}).flatMap(([name, change]) => {
    const field = findField(object, name);
    return field && field.type !== "lines" ? [{ field, ...change }] : [];
  });
  const said = entry.kind === "update" ? changes : [];
  const cause = causeText(entry.cause, label);
  return (
    <li className={machine ? styles.machine : undefined}>
      <span className={styles.dot}>
        <Icon size={12} strokeWidth={2} aria-hidden />
      </span>
      <div className={styles.what}>
        <p>
          <strong>{who(entry, t)}</strong>{" "}
          {said[0] ? (
            <FieldChange {...said[0]} entry={entry} />
          ) : (
            t(`timeline.kind.${kindOf(entry.kind)}`, { object: label(object.label) })
          )}
        </p>
        {said.slice(1).map((change) => (
          <p key={change.field.name}>
            <FieldChange {...change} entry={entry} />
          </p>
        ))}
        {cause && <p className={styles.cause}>{cause}</p>}
      </div>
      <span className={styles.time}>
        <Time iso={happened(entry)} text={when(happened(entry), wording)} />
      </span>
    </li>
  );
}

type T = ReturnType<typeof useTranslation>["t"];

function who(entry: TimelineEntry, t: T): string {
  const via = entry.via ?? "";
  if (isMachine(entry)) {
    const machine = t(`timeline.via.${VIAS.includes(via as Via) ? (via as Via) : "system"}`);
    return via === "import" && entry.actor ? `${entry.actor.title} ${machine}` : machine;
  }
  return entry.actor?.title ?? t("timeline.someone");
}

const VIAS = ["import", "flow", "timer", "source", "system", "rule"] as const;
type Via = (typeof VIAS)[number];

const KIND_NAMES = ["create", "update", "delete", "restore", "purge"] as const;

function kindOf(kind: string): (typeof KIND_NAMES)[number] {
  return KIND_NAMES.find((name) => name === kind) ?? "update";
}

interface FieldChangeProps {
  field: Field;
  before: unknown;
  after: unknown;
  entry: TimelineEntry;
}

/** Old struck out, new bold, and the way back while the new value still stands. */
function FieldChange({ field, before, after, entry }: FieldChangeProps) {
  const { object, record } = useRecordPlace();
  const { t } = useTranslation();
  const label = useLabel();
  const save = useSaveField(object);
  const takeBack =
    entry.kind === "update" &&
    isEditable(field, record) &&
    sameValue(field, record[field.name], after) &&
    !sameValue(field, before, after);
  return (
    <>
      <span className={styles.field}>{label(field.label)}</span>{" "}
      {!isEmpty(before) && (
        <>
          <del>
            <Words field={field} value={before} />
          </del>
          <span className={styles.arrow}> → </span>
        </>
      )}
      {isEmpty(after) ? (
        <span className={styles.field}>{t("timeline.emptied")}</span>
      ) : (
        <strong>
          <Words field={field} value={after} />
        </strong>
      )}
      {takeBack && (
        <button
          type="button"
          className={styles.undo}
          onClick={() => void save(record, field, before)}
        >
          {t("action.undo")}
        </button>
      )}
    </>
  );
}

function Words({ field, value }: { field: Field; value: unknown }) {
  const wording = useWording();
  if (isReference(field)) return <ReferenceTitle object={targetOf(field)} value={value} />;
  return <>{valueText(field, value, wording)}</>;
}

function ReferenceTitle({ object, value }: { object: string; value: unknown }) {
  return <>{useTitle(object, asReference(value)) || "\u2026"}</>;
}
