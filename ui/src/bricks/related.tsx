import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useObject, useSome } from "~/api/queries";
import type { Field, Group, ObjectType } from "~/api/types";
import { Failed } from "~/app/failed";
import { useLabel } from "~/app/words";
import { findField } from "~/fields/find";
import { cappedCount } from "~/format/numbers";
import { IconButton } from "~/signs/signs";
import { useRecordPlace } from "./place";
import { fieldsProp, labelProp, textProp } from "./props";
import { RecordTable } from "./RecordTable";
import type { BrickProps } from "./registry";
import styles from "./related.module.css";

const SHOWN = 20;
const DEFAULT_COLUMNS = 4;

/** The records of another object that point here: a table where there is room, else two lines each. */
export default function Related({ props }: BrickProps) {
  const { record } = useRecordPlace();
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const name = textProp(props.object) ?? "";
  const by = textProp(props.by) ?? "";
  const object = useObject(name);
  const filter: Group = {
    combinator: "and",
    rules: [{ field: by, operator: "=", value: record.id }],
  };
  const columns = object.data ? shownColumns(object.data, fieldsProp(props.columns), by) : [];
  const fields = [
    ...new Set([object.data?.title_field ?? "", ...columns.map((field) => field.name)]),
  ];
  const list = useSome(
    name,
    { filter, fields, limit: SHOWN, count: "capped" },
    Boolean(object.data),
  );

  if (object.error?.status === 404 || object.error?.status === 403) return null;
  if (object.error || list.error)
    return <Failed small error={object.error ?? list.error} onRetry={() => void list.refetch()} />;
  if (!object.data) return null;
  const rows = list.data?.data ?? [];
  const count = list.data?.page.count ?? null;
  const addPath = `/records/${name}/new?${by}=${record.id}`;
  return (
    <section className={styles.related}>
      <header>
        <h2>
          {label(labelProp(props.label) ?? object.data.label_plural ?? object.data.label)}
          {count !== null && <span>{cappedCount(count)}</span>}
        </h2>
        {object.data.acts?.includes("create") && (
          <IconButton
            icon={Plus}
            name={t("action.createOne", { object: label(object.data.label) })}
            onClick={() => void navigate(addPath)}
          />
        )}
      </header>
      {list.data && rows.length === 0 && <p className={styles.none}>{t("related.none")}</p>}
      {rows.length > 0 && <RecordTable object={object.data} columns={columns} rows={rows} />}
      {(list.data?.page.next ?? null) !== null && (
        <Link
          className={styles.all}
          to={`/records/${name}?filter=${encodeURIComponent(JSON.stringify(filter))}`}
        >
          {t("related.all")}
        </Link>
      )}
    </section>
  );
}

function shownColumns(object: ObjectType, names: string[], by: string): Field[] {
  const wanted =
    names.length > 0 ? names : (object.views?.[0]?.columns ?? []).map((column) => column.field);
  return wanted
    .filter((name) => name !== object.title_field && name !== by)
    .flatMap((name) => findField(object, name) ?? [])
    .slice(0, names.length > 0 ? undefined : DEFAULT_COLUMNS);
}
