import { useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { ChevronDown, ChevronRight, RotateCw, Webhook } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { post } from "~/api/client";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { showToast } from "~/app/undo";
import { useLabel, useLanguage, useWording } from "~/app/words";
import { Time } from "~/fields/Value";
import { when } from "~/format/dates";
import { exact, joined, span } from "~/format/numbers";
import { reasonOf } from "~/records/editing";
import { RecordSkeleton } from "~/records/RecordSkeleton";
import { Tag } from "~/signs/signs";
import {
  readable,
  reasonText,
  type Source,
  type SourceEvent,
  useEvents,
  useSources,
} from "~/sources/sources";
import styles from "~/sources/sources.module.css";
import { usePageDefinition } from "./place";

/** Where data comes from, how each source does, and what it sent that could not be applied. */
export default function Sources() {
  const { t } = useTranslation();
  const label = useLabel();
  const page = usePageDefinition();
  const sources = useSources();
  const [search, setSearch] = useSearchParams();
  const slow = useSlow(sources.isPending);
  const list = sources.data ?? [];
  const chosen = list.find((source) => source.name === search.get("source")) ?? list[0];
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{label(page?.label) || t("sources.title")}</h1>
      </header>
      {sources.error && <Failed error={sources.error} onRetry={() => void sources.refetch()} />}
      {sources.isPending && slow && <RecordSkeleton />}
      {sources.data && list.length === 0 && <p className={styles.none}>{t("sources.none")}</p>}
      {chosen && (
        <div className={styles.main}>
          <ul className={styles.list} aria-label={t("sources.title")}>
            {list.map((source) => (
              <li
                key={source.name}
                className={source.name === chosen.name ? styles.chosen : undefined}
              >
                <SourceRow
                  source={source}
                  chosen={source.name === chosen.name}
                  onChoose={() => setSearch({ source: source.name }, { replace: true })}
                />
              </li>
            ))}
          </ul>
          <Tray key={chosen.name} source={chosen} />
        </div>
      )}
    </div>
  );
}

interface SourceRowProps {
  source: Source;
  chosen: boolean;
  onChoose: () => void;
}

function SourceRow({ source, chosen, onChoose }: SourceRowProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const wording = useWording();
  const refused = source.counts.refused ?? 0;
  return (
    <button type="button" aria-current={chosen ? "true" : undefined} onClick={onChoose}>
      <span className={styles.sign}>
        <Webhook size={16} strokeWidth={1.75} aria-hidden />
      </span>
      <span className={styles.body}>
        <span className={styles.line}>
          <strong>{label(source.label) || source.name}</strong>
          {refused > 0 ? (
            <Tag colour="red">{t("sources.refusedCount", { count: refused })}</Tag>
          ) : (
            source.silent && <Tag colour="amber">{t("sources.silent")}</Tag>
          )}
        </span>
        <small>
          {source.last_event_at ? (
            <>
              {t("sources.last")}{" "}
              <Time iso={source.last_event_at} text={when(source.last_event_at, wording)} />
            </>
          ) : (
            t("sources.never")
          )}
        </small>
      </span>
    </button>
  );
}

const COUNTED = ["applied", "waiting", "refused", "ignored"] as const;

function Tray({ source }: { source: Source }) {
  const { t } = useTranslation();
  const label = useLabel();
  const language = useLanguage();
  const events = useEvents(source.name, "refused");
  return (
    <section className={styles.tray} aria-label={label(source.label) || source.name}>
      <h2>{label(source.label) || source.name}</h2>
      {source.path && (
        <p className={styles.path}>
          {t("sources.address")} <code>{window.location.origin + source.path}</code>
          {source.has_secret === false && <Tag colour="amber">{t("sources.noSecret")}</Tag>}
        </p>
      )}
      <dl className={styles.facts}>
        {COUNTED.map((state) => (
          <div key={state}>
            <dt>{t(`sources.count.${state}`)}</dt>
            <dd>{exact(source.counts[state] ?? 0)}</dd>
          </div>
        ))}
        <div>
          <dt>{t("sources.lag")}</dt>
          <dd>{joined(span(source.lag_seconds, language))}</dd>
        </div>
      </dl>
      <Secret source={source} />
      <header className={styles.trayHead}>
        <h3>{t("sources.tray")}</h3>
        {(events.data?.length ?? 0) > 1 && <ReplayAll source={source.name} />}
      </header>
      {events.error && <Failed small error={events.error} onRetry={() => void events.refetch()} />}
      {events.data?.length === 0 && <p className={styles.none}>{t("sources.trayEmpty")}</p>}
      <ul className={styles.events}>
        {(events.data ?? []).map((event) => (
          <li key={event.id}>
            <EventRow source={source.name} event={event} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function EventRow({ source, event }: { source: string; event: SourceEvent }) {
  const { t } = useTranslation();
  const wording = useWording();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const Chevron = open ? ChevronDown : ChevronRight;
  const replay = async () => {
    setBusy(true);
    try {
      await post(
        `/sources/${source}/events/${event.id}/replay`,
        {},
        { idempotencyKey: crypto.randomUUID() },
      );
      showToast({ tone: "done", text: t("sources.replayed") });
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
    } finally {
      setBusy(false);
      void client.invalidateQueries({ queryKey: ["source-events", source] });
      void client.invalidateQueries({ queryKey: ["sources"] });
    }
  };
  return (
    <>
      <div className={styles.event}>
        <button
          type="button"
          className={styles.reason}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Chevron size={14} strokeWidth={1.75} aria-hidden />
          {reasonText(event) || t("sources.noReason")}
        </button>
        <small>
          <Time iso={event.received_at} text={when(event.received_at, wording)} />
        </small>
        <Button
          size="small"
          icon={<RotateCw size={14} aria-hidden />}
          loading={busy}
          onClick={() => void replay()}
        >
          {t("sources.replay")}
        </Button>
      </div>
      {open && <pre className={styles.raw}>{readable(event.body)}</pre>}
    </>
  );
}

/** Applies all refused events again, after what stood against them was mended. */
function ReplayAll({ source }: { source: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const replay = async () => {
    setBusy(true);
    try {
      await post(`/sources/${source}/replay`, {}, { idempotencyKey: crypto.randomUUID() });
      showToast({ tone: "done", text: t("sources.replayed") });
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
    } finally {
      setBusy(false);
      void client.invalidateQueries({ queryKey: ["source-events", source] });
      void client.invalidateQueries({ queryKey: ["sources"] });
    }
  };
  return (
    <Button size="small" loading={busy} onClick={() => void replay()}>
      {t("sources.replayAll")}
    </Button>
  );
}

/** Gives the source a secret to sign with. It is shown once, and replaces the one before. */
function Secret({ source }: { source: Source }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const make = async () => {
    try {
      setSecret((await post<{ secret: string }>(`/sources/${source.name}/secrets`)).secret);
      void client.invalidateQueries({ queryKey: ["sources"] });
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
    }
  };
  const copy = async () => {
    await navigator.clipboard.writeText(secret ?? "");
    showToast({ tone: "done", text: t("sources.secretCopied") });
  };
  if (secret) {
    return (
      <p className={styles.secret}>
        <code>{secret}</code>
        <Button size="small" onClick={() => void copy()}>
          {t("people.copy")}
        </Button>
        <small>{t("sources.secretOnce")}</small>
      </p>
    );
  }
  if (source.has_secret === false) {
    return (
      <p className={styles.secret}>
        <Button size="small" onClick={() => void make()}>
          {t("sources.makeSecret")}
        </Button>
      </p>
    );
  }
  return (
    <p className={styles.secret}>
      <Popconfirm
        title={t("sources.renewQuestion")}
        okText={t("sources.renewSecret")}
        cancelText={t("action.cancel")}
        onConfirm={() => void make()}
      >
        <Button size="small">{t("sources.renewSecret")}</Button>
      </Popconfirm>
    </p>
  );
}
