import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useObject, useSome } from "~/api/queries";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { useLabel } from "~/app/words";
import { Card, CardSkeleton } from "~/cards/Card";
import { findField } from "~/fields/find";
import { cappedCount } from "~/format/numbers";
import { fieldsProp, filterProp, labelProp, textProp } from "./props";
import { RecordTable } from "./RecordTable";
import type { BrickProps } from "./registry";
import styles from "./related.module.css";

const SHOWN = 8;

/** The first records that pass a filter, on a board; the rest behind a link. */
export default function RecordList({ props }: BrickProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const name = textProp(props.object) ?? "";
  const object = useObject(name);
  const filter = filterProp(props.filter);
  const columns = fieldsProp(props.columns)
    .filter((field) => field !== object.data?.title_field)
    .flatMap((field) => (object.data && findField(object.data, field)) ?? []);
  const fields = [object.data?.title_field ?? "", ...columns.map((field) => field.name)];
  const list = useSome(
    name,
    { filter, sort: textProp(props.sort), fields, limit: SHOWN, count: "capped" },
    Boolean(object.data),
  );
  const slow = useSlow(list.isPending);
  const error = object.error ?? list.error;
  const count = list.data?.page.count ?? null;
  const search = filter ? `?filter=${encodeURIComponent(JSON.stringify(filter))}` : "";
  if (object.error?.status === 404 || object.error?.status === 403) return null;
  return (
    <Card
      title={label(labelProp(props.label) ?? object.data?.label_plural ?? object.data?.label)}
      note={
        count !== null && count > 0 ? (
          <Link to={`/records/${name}${search}`}>
            {t("board.all", { count, shown: cappedCount(count) })}
          </Link>
        ) : null
      }
    >
      {error && <Failed small error={error} onRetry={() => void list.refetch()} />}
      {list.isPending && slow && <CardSkeleton />}
      {list.data?.data.length === 0 && (
        <p className={styles.none}>{label(labelProp(props.empty)) || t("related.none")}</p>
      )}
      {object.data && list.data && list.data.data.length > 0 && (
        <RecordTable object={object.data} columns={columns} rows={list.data.data} />
      )}
    </Card>
  );
}
