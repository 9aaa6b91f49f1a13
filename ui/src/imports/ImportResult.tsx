import { Button, Progress } from "antd";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { address } from "~/api/client";
import { useObject } from "~/api/queries";
import type { ObjectType } from "~/api/types";
import { Failed } from "~/app/failed";
import { useLabel } from "~/app/words";
import { findField } from "~/fields/find";
import { exact } from "~/format/numbers";
import { reasonOf } from "~/records/editing";
import {
  type Import,
  isEnded,
  isUndoable,
  type RefusedRow,
  share,
  useImport,
  useImportActs,
} from "./imports";
import styles from "./imports.module.css";
import { StateTag } from "./StateTag";

/** How far an import is, what came of it, which rows were refused and why, and the way back. */
export function ImportResult({ id, object: name }: { id: string; object: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const item = useImport(id);
  const object = useObject(name || null).data;
  const { undo, cancel } = useImportActs(id);
  if (item.error) return <Failed small error={item.error} onRetry={() => void item.refetch()} />;
  if (!item.data) return null;
  const known = item.data;
  const ended = isEnded(known);
  const problem = undo.error ?? cancel.error;
  return (
    <div className={styles.result}>
      {!ended && (
        <Progress
          percent={Math.round(share(known) * 100)}
          showInfo={false}
          strokeColor="var(--primary)"
          size="small"
          aria-label={t("imports.progress")}
        />
      )}
      <div className={styles.counts} role="status">
        <StateTag state={known.state} checked={known.mode === "check"} />
        <Counts item={known} />
        <span className={styles.spread} />
        {!ended && known.state !== "undoing" && (
          <Button loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("imports.cancel")}
          </Button>
        )}
        {isUndoable(known) && (
          <Button
            icon={<Undo2 size={14} aria-hidden />}
            loading={undo.isPending}
            onClick={() => undo.mutate()}
          >
            {t("imports.undo")}
          </Button>
        )}
        {known.mode !== "check" && known.state === "done" && (
          <Link to={`/records/${name}`}>{t("imports.look")}</Link>
        )}
      </div>
      {problem && <p className={styles.problem}>{reasonOf(problem, t("error.offline"))}</p>}
      {known.failure?.message && <p className={styles.problem}>{label(known.failure.message)}</p>}
      {known.undo && <UndoWords item={known} />}
      {known.refused && known.refused.length > 0 && (
        <Refused id={id} rows={known.refused} all={known.counts.refused} object={object} />
      )}
    </div>
  );
}

function Counts({ item }: { item: Import }) {
  const { t } = useTranslation();
  const { created, updated, unchanged, refused } = item.counts;
  const check = item.mode === "check" || item.progress.phase === "check";
  const said = [
    t(check ? "imports.wouldCreate" : "imports.created", { count: created, shown: exact(created) }),
    updated > 0 &&
      t(check ? "imports.wouldUpdate" : "imports.updated", {
        count: updated,
        shown: exact(updated),
      }),
    unchanged > 0 && t("imports.unchanged", { count: unchanged, shown: exact(unchanged) }),
    refused > 0 && t("imports.refused", { count: refused, shown: exact(refused) }),
  ];
  return <span>{said.filter(Boolean).join(" · ")}</span>;
}

function UndoWords({ item }: { item: Import }) {
  const { t } = useTranslation();
  if (!item.undo) return null;
  const { removed, put_back: putBack, left_count: left } = item.undo;
  return (
    <p className={left > 0 ? styles.warn : undefined}>
      {t("imports.undoRemoved", { count: removed + putBack, shown: exact(removed + putBack) })}
      {left > 0 && ` · ${t("imports.kept", { count: left })}`}
    </p>
  );
}

interface RefusedProps {
  id: string;
  rows: RefusedRow[];
  /** How many there are in all; the rows are the first of them. */
  all: number;
  object: ObjectType | undefined;
}

function Refused({ id, rows, all, object }: RefusedProps) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <>
      <div className={styles.refusedScroll}>
        <table className={styles.refused}>
          <thead>
            <tr>
              <th scope="col">{t("imports.row")}</th>
              <th scope="col">{t("imports.field")}</th>
              <th scope="col">{t("imports.reason")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.flatMap((row) =>
              row.errors.map((error) => (
                <tr key={`${row.index} ${error.field} ${error.code}`}>
                  <td>{row.line ?? row.index + 1}</td>
                  <td>
                    {(object && error.field && label(findField(object, error.field)?.label)) ||
                      error.field}
                  </td>
                  <td>{error.message}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
      <p className={styles.hint}>
        {all > rows.length && t("imports.firstRefused", { count: rows.length })}{" "}
        <a href={address(`/imports/${id}/refused`)} download>
          {t("imports.refusedFile")}
        </a>
      </p>
    </>
  );
}
