import { Button, Progress } from "antd";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
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
  type RefusedRow,
  refusedRows,
  share,
  useImport,
  useImportActs,
} from "./imports";
import styles from "./imports.module.css";
import { StateTag } from "./StateTag";

const MOST_SHOWN = 200;

/** How far an import is, what came of it, which rows were refused and why, and the way back. */
export function ImportResult({ id, object: name }: { id: string; object: string }) {
  const { t } = useTranslation();
  const item = useImport(id);
  const object = useObject(name || null).data;
  const { undo, cancel } = useImportActs(id);
  if (item.error) return <Failed small error={item.error} onRetry={() => void item.refetch()} />;
  if (!item.data) return null;
  const refused = refusedRows(item.data);
  const ended = isEnded(item.data);
  return (
    <div className={styles.result}>
      {!ended && (
        <Progress
          percent={Math.round(share(item.data) * 100)}
          showInfo={false}
          strokeColor="var(--primary)"
          size="small"
        />
      )}
      <div className={styles.counts} role="status">
        <StateTag state={item.data.state} />
        <Counts item={item.data} />
        <span className={styles.spread} />
        {!ended && (
          <Button loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("imports.cancel")}
          </Button>
        )}
        {item.data.state === "done" && (
          <Button
            icon={<Undo2 size={14} aria-hidden />}
            loading={undo.isPending}
            onClick={() => undo.mutate()}
          >
            {t("imports.undo")}
          </Button>
        )}
        {ended && item.data.state === "done" && (
          <Link to={`/records/${name}`}>{t("imports.look")}</Link>
        )}
      </div>
      {(undo.error ?? cancel.error) && (
        <p className={styles.problem}>{reasonOf(undo.error ?? cancel.error, t("error.offline"))}</p>
      )}
      {item.data.kept && item.data.kept.length > 0 && (
        <p className={styles.problem}>{t("imports.kept", { count: item.data.kept.length })}</p>
      )}
      {refused.length > 0 && <Refused rows={refused} object={object} />}
    </div>
  );
}

function Counts({ item }: { item: Import }) {
  const { t } = useTranslation();
  const { created = 0, updated = 0, refused = 0 } = item.counts ?? {};
  return (
    <span>
      {t("imports.created", { count: created, shown: exact(created) })}
      {updated > 0 && <> · {t("imports.updated", { count: updated, shown: exact(updated) })}</>}
      {refused > 0 && <> · {t("imports.refused", { count: refused, shown: exact(refused) })}</>}
    </span>
  );
}

function Refused({ rows, object }: { rows: RefusedRow[]; object: ObjectType | undefined }) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <table className={styles.refused}>
      <thead>
        <tr>
          <th scope="col">{t("imports.row")}</th>
          <th scope="col">{t("imports.field")}</th>
          <th scope="col">{t("imports.reason")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST_SHOWN).flatMap((row) =>
          row.errors.map((error) => (
            <tr key={`${row.index} ${error.field} ${error.code}`}>
              <td>{row.index + 1}</td>
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
  );
}
