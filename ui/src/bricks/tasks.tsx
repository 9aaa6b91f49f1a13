/** The inbox: what is to do, most pressing first, with the record that it is about beside it. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import {
  Bell,
  Check,
  ClipboardCheck,
  Inbox,
  type LucideIcon,
  MessageSquare,
  Square,
  UserPlus,
} from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { post, request } from "~/api/client";
import { useCount, useList, useObject } from "~/api/queries";
import type { Group, RecordData } from "~/api/types";
import { Failed } from "~/app/failed";
import { usePhone, useSlow } from "~/app/screen";
import { showToast } from "~/app/undo";
import { useLabel, useWording } from "~/app/words";
import { Time } from "~/fields/Value";
import { choiceOf } from "~/fields/values";
import { deadline } from "~/format/dates";
import { cappedCount } from "~/format/numbers";
import * as cache from "~/records/cache";
import { reasonOf } from "~/records/editing";
import { RecordSkeleton } from "~/records/RecordSkeleton";
import { RecordView } from "~/records/RecordView";
import { MY_OPEN_TASKS, TASK } from "~/tasks/tasks";
import { usePageDefinition } from "./place";
import styles from "./tasks.module.css";

const KINDS: Readonly<Record<string, LucideIcon>> = {
  first_contact: UserPlus,
  follow_up: MessageSquare,
  reminder: Bell,
  approval: ClipboardCheck,
  check: ClipboardCheck,
};

const DONE_TODAY: Group = {
  combinator: "and",
  rules: [
    { field: "assignee", operator: "=", value: { me: true } },
    { field: "state", operator: "=", value: "done" },
    { field: "done_at", operator: "=", value: { relative: "today" } },
  ],
};

export default function Tasks() {
  const { t } = useTranslation();
  const label = useLabel();
  const phone = usePhone();
  const page = usePageDefinition();
  const list = useList(TASK, { filter: MY_OPEN_TASKS, sort: "due_at", count: "capped" });
  const doneToday = useCount(TASK, DONE_TODAY).data;
  const [search, setSearch] = useSearchParams();
  const slow = useSlow(list.isPending);
  const complete = useComplete();
  const tasks = list.data?.pages.flatMap((part) => part.data) ?? [];
  const count = list.data?.pages[0]?.page.count ?? null;
  const chosen = tasks.find((task) => task.id === search.get("task")) ?? tasks[0];
  const choose = (task: RecordData | undefined) =>
    task && setSearch({ task: task.id }, { replace: true });
  const step = (by: number) =>
    choose(tasks[tasks.findIndex((task) => task.id === chosen?.id) + by]);
  const finish = (task: RecordData) => {
    const at = tasks.findIndex((item) => item.id === task.id);
    if (task.id === chosen?.id) choose(tasks[at + 1] ?? tasks[at - 1]);
    void complete(task);
  };
  useTaskKeys(step, () => chosen && finish(chosen), !phone);

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{label(page?.label) || t("tasks.title")}</h1>
        {count !== null && count > 0 && (
          <span>{t("tasks.count", { count, shown: cappedCount(count) })}</span>
        )}
      </header>
      {list.error ? (
        <Failed error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        slow && <RecordSkeleton />
      ) : tasks.length === 0 ? (
        <Nothing done={doneToday ?? 0} />
      ) : (
        <div className={styles.main}>
          <div className={styles.side}>
            <ul className={styles.list} aria-label={t("tasks.title")}>
              {tasks.map((task) => (
                <TaskRow
                  key={task.id}
                  task={task}
                  chosen={!phone && task.id === chosen?.id}
                  onChoose={() => choose(task)}
                  onComplete={() => finish(task)}
                />
              ))}
              {list.hasNextPage && (
                <li className={styles.more}>
                  <Button
                    type="text"
                    loading={list.isFetchingNextPage}
                    onClick={() => void list.fetchNextPage()}
                  >
                    {t("tasks.more")}
                  </Button>
                </li>
              )}
            </ul>
            <footer className={styles.foot}>
              {doneToday !== undefined && doneToday !== null && (
                <span>{t("tasks.doneToday", { count: doneToday })}</span>
              )}
              <span className={styles.keys} aria-hidden>
                <kbd>J</kbd>
                <kbd>K</kbd> {t("tasks.keyMove")} <kbd>E</kbd> {t("tasks.keyDone")}
              </span>
            </footer>
          </div>
          {!phone && chosen && (
            <About key={chosen.id} task={chosen} onComplete={() => finish(chosen)} />
          )}
        </div>
      )}
    </div>
  );
}

/** The object and record that a task is about; the task itself where it names none. */
function aboutOf(task: RecordData): { object: string; id: string } {
  const { about_object: object, about_record: id } = task;
  return typeof object === "string" && typeof id === "string" && object && id
    ? { object, id }
    : { object: TASK, id: task.id };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

interface TaskRowProps {
  task: RecordData;
  chosen: boolean;
  onChoose: () => void;
  onComplete: () => void;
}

function TaskRow({ task, chosen, onChoose, onComplete }: TaskRowProps) {
  const { t } = useTranslation();
  const phone = usePhone();
  const Icon = KINDS[text(task.kind)] ?? Inbox;
  const about = aboutOf(task);
  const content = (
    <>
      <span className={styles.sign}>
        <Icon size={phone ? 20 : 16} strokeWidth={1.75} aria-hidden />
      </span>
      <span className={styles.body}>
        <span className={styles.line}>
          <strong>{text(task.subject)}</strong>
          <Due task={task} />
        </span>
        {text(task.reason) && <span className={styles.reason}>{text(task.reason)}</span>}
        {text(task.about_title) && !text(task.subject).includes(text(task.about_title)) && (
          <span className={styles.about}>{text(task.about_title)}</span>
        )}
      </span>
    </>
  );
  return (
    <li className={chosen ? styles.chosen : undefined}>
      {phone ? (
        <Link to={`/records/${about.object}/${about.id}`} className={styles.row}>
          {content}
        </Link>
      ) : (
        <button
          type="button"
          className={styles.row}
          aria-current={chosen ? "true" : undefined}
          onClick={onChoose}
        >
          {content}
        </button>
      )}
      <button
        type="button"
        className={styles.tick}
        aria-label={t("tasks.complete", { subject: text(task.subject) })}
        onClick={onComplete}
      >
        <Square size={phone ? 22 : 16} strokeWidth={1.75} aria-hidden />
        <Check size={phone ? 16 : 12} strokeWidth={2.5} aria-hidden />
      </button>
    </li>
  );
}

function Due({ task }: { task: RecordData }) {
  const { t } = useTranslation();
  const wording = useWording();
  const due = text(task.due_at);
  if (!due) return <small>{t("tasks.noDue")}</small>;
  const left = deadline(due, wording);
  return (
    <small className={styles[left.urgency]}>
      <Time iso={due} text={left.text} />
    </small>
  );
}

/** The record that the task is about, to work on at once. */
function About({ task, onComplete }: { task: RecordData; onComplete: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const definition = useObject(TASK).data;
  const about = aboutOf(task);
  const kind = definition?.fields.find((field) => field.name === "kind");
  const choice = kind && choiceOf(kind, task.kind);
  const kindName = choice ? label(choice.label) : t("tasks.next");
  const said = text(task.subject).startsWith(kindName);
  return (
    <section className={styles.record} aria-label={text(task.about_title) || text(task.subject)}>
      <div className={styles.banner}>
        <span>
          {!said && <strong>{kindName}</strong>} {text(task.subject)}
        </span>
        <Due task={task} />
        <Button type="primary" onClick={onComplete}>
          {t("tasks.done")}
          <kbd className={styles.key}>E</kbd>
        </Button>
      </div>
      <RecordView object={about.object} id={about.id} panel />
    </section>
  );
}

function Nothing({ done }: { done: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.nothing}>
      <Check size={28} strokeWidth={1.5} aria-hidden />
      <p>{t("tasks.none")}</p>
      {done > 0 && <small>{t("tasks.doneToday", { count: done })}</small>}
    </div>
  );
}

/** A function that completes a task, with its way back. */
function useComplete(): (task: RecordData) => Promise<void> {
  const client = useQueryClient();
  const { t } = useTranslation();
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["list", TASK] });
    cache.refreshDerived(client, TASK);
  };
  return async (task) => {
    cache.dropRecord(client, TASK, task.id);
    try {
      await post(
        `/records/${TASK}/${task.id}/actions/complete`,
        {},
        { idempotencyKey: crypto.randomUUID() },
      );
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
      refresh();
      return;
    }
    refresh();
    showToast({
      tone: "done",
      text: t("tasks.completed", { subject: text(task.subject) }),
      undo: async () => {
        const { data } = await request<RecordData>("GET", `/records/${TASK}/${task.id}`);
        await request("PATCH", `/records/${TASK}/${task.id}`, {
          body: { state: "open" },
          version: data.version,
        });
        refresh();
      },
    });
  };
}

function useTaskKeys(step: (by: number) => void, finish: () => void, active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const handleKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (
        target.matches("input, textarea, [role=combobox], [contenteditable]") ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey
      )
        return;
      if (event.key === "j") step(1);
      else if (event.key === "k") step(-1);
      else if (event.key === "e") finish();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  });
}
