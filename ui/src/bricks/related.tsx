import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useObject, useSome } from "~/api/queries";
import type { Field, Group, ObjectType, RecordData } from "~/api/types";
import { Failed } from "~/app/failed";
import { useLabel } from "~/app/words";
import { findField } from "~/fields/find";
import { Value } from "~/fields/Value";
import { isNumber } from "~/fields/values";
import { cappedCount } from "~/format/numbers";
import { IconButton } from "~/signs/signs";
import { useRecordPlace } from "./place";
import { fieldsProp, labelProp, textProp } from "./props";
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
      {rows.length > 0 && <Rows object={object.data} columns={columns} rows={rows} />}
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

function Rows({
  object,
  columns,
  rows,
}: {
  object: ObjectType;
  columns: Field[];
  rows: RecordData[];
}) {
  const label = useLabel();
  const title = findField(object, object.title_field);
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">{label(title?.label)}</th>
          {columns.map((field) => (
            <th key={field.name} scope="col" className={isNumber(field) ? styles.right : undefined}>
              {label(field.label)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Link to={`/records/${object.name}/${row.id}`}>
                {String(row[object.title_field] ?? "") || "\u2014"}
              </Link>
            </td>
            {columns.map((field) => (
              <td
                key={field.name}
                className={isNumber(field) ? styles.right : undefined}
                data-label={label(field.label)}
              >
                <Value field={field} value={row[field.name]} inert />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
