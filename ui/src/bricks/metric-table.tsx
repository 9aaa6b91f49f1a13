import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useObject } from "~/api/queries";
import type { MetricAnswer, MetricRow } from "~/api/types";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { useLabel, useLanguage } from "~/app/words";
import { Card, CardSkeleton } from "~/cards/Card";
import { joined } from "~/format/numbers";
import { drillPath, figure, type Mark, marks } from "~/metrics/figures";
import styles from "~/metrics/figures.module.css";
import { askMetric } from "~/metrics/metrics";
import { Avatar } from "~/signs/signs";
import { filterProp, labelProp, textsProp } from "./props";
import type { BrickProps } from "./registry";

/** Several metrics by one dimension, a row each; the first one also as a bar. */
export default function MetricTable({ props }: BrickProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const language = useLanguage();
  const by = textsProp(props.group_by)[0] ?? "";
  const names = textsProp(props.metrics);
  const filter = filterProp(props.filter);
  const results = useQueries({
    queries: names.map((name) => askMetric({ name, group_by: [by], ...(filter && { filter }) })),
  });
  const answers = results.map((result) => result.data);
  const slow = useSlow(results.some((result) => result.isPending));
  const error = results.find((result) => result.error)?.error;
  const object = useObject(answers[0]?.rows.find((row) => row.drill)?.drill?.object).data;
  const columns = answers.map((answer) =>
    answer ? marks(answer, by, object, language, t("list.groupEmpty")) : [],
  );
  const rows = distinct(columns);
  const largest = Math.max(...(columns[0] ?? []).map((mark) => mark.value ?? 0), 0);
  return (
    <Card title={label(labelProp(props.label))}>
      {error && (
        <Failed
          small
          error={error}
          onRetry={() => results.forEach((result) => void result.refetch())}
        />
      )}
      {slow && <CardSkeleton rows={5} />}
      {answers[0] && rows.length === 0 && <p className={styles.none}>{t("board.nothing")}</p>}
      {rows.length > 0 && (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">
                  {label(object?.fields.find((field) => field.name === by)?.label) || (
                    <span className="visually-hidden">{by}</span>
                  )}
                </th>
                <th aria-hidden />
                {answers.map((answer, index) => (
                  <th key={names[index]} scope="col">
                    {label(answer?.label)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.key}>
                  <td>
                    <span className={styles.person}>
                      {row.person && <Avatar name={row.label} size={22} />}
                      {row.label}
                    </span>
                  </td>
                  <td className={styles.measure} aria-hidden>
                    <Measure
                      mark={columns[0]?.find((mark) => mark.key === row.key)}
                      largest={largest}
                    />
                  </td>
                  {columns.map((column, index) => (
                    <td key={names[index]}>
                      <Cell
                        row={column.find((mark) => mark.key === row.key)?.row}
                        answer={answers[index]}
                        first={index === 0}
                      />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

/** Each value of the dimension once, in the order of the first metric that has it. */
function distinct(columns: Mark[][]): Mark[] {
  const found = new Map<string, Mark>();
  for (const mark of columns.flat()) if (!found.has(mark.key)) found.set(mark.key, mark);
  return [...found.values()];
}

function Measure({ mark, largest }: { mark: Mark | undefined; largest: number }) {
  const share = largest > 0 ? (mark?.value ?? 0) / largest : 0;
  return (
    <div className={`${styles.track} ${styles.thin}`}>
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}

function Cell({
  row,
  answer,
  first,
}: {
  row: MetricRow | undefined;
  answer: MetricAnswer | undefined;
  first: boolean;
}) {
  const language = useLanguage();
  const text = joined(figure(row?.value, answer?.unit ?? "count", language));
  const path = drillPath(row);
  const shown = first ? <strong>{text}</strong> : text;
  return path ? <Link to={path}>{shown}</Link> : shown;
}
