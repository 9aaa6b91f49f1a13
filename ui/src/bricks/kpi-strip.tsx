import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Brick, MetricRequest } from "~/api/types";
import { useLabel, useLanguage } from "~/app/words";
import { joined } from "~/format/numbers";
import { FigureText } from "~/metrics/FigureText";
import { drillPath, figure } from "~/metrics/figures";
import styles from "~/metrics/figures.module.css";
import { useMetric } from "~/metrics/metrics";
import { filterProp, labelProp, textProp } from "./props";
import type { BrickProps } from "./registry";

/** Big figures side by side, each with one line of comparison and a way to its records. */
export default function KpiStrip({ items }: BrickProps) {
  return (
    <dl className={styles.strip}>
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a layout has no other identity, and does not reorder.
        <Kpi key={index} item={item} />
      ))}
    </dl>
  );
}

function Kpi({ item }: { item: Brick }) {
  const props = item.props ?? {};
  const { t } = useTranslation();
  const label = useLabel();
  const language = useLanguage();
  const metric = useMetric(requestOf(props));
  const answer = metric.data;
  const row = answer?.rows[0];
  const shown = figure(row?.value, answer?.unit ?? "count", language);
  const path = drillPath(row);
  return (
    <div className={styles.kpi}>
      <dt>{label(labelProp(props.label) ?? answer?.label)}</dt>
      <dd>
        {path ? (
          <Link to={path}>
            <FigureText figure={shown} />
          </Link>
        ) : (
          <span>
            <FigureText figure={shown} />
          </span>
        )}
        <span className={styles.note}>
          {metric.error ? t("board.noFigure") : <Comparison compare={props.compare} />}
        </span>
      </dd>
    </div>
  );
}

function requestOf(props: Record<string, unknown>): MetricRequest | null {
  const name = textProp(props.metric);
  const filter = filterProp(props.filter);
  return name ? { name, ...(filter && { filter }) } : null;
}

/** The same or another metric to compare with: a name, or `{metric, filter, label}`. */
function Comparison({ compare }: { compare: unknown }) {
  const label = useLabel();
  const language = useLanguage();
  const asked = comparisonOf(compare);
  const answer = useMetric(asked ? requestOf(asked) : null).data;
  if (!answer) return null;
  const value = joined(figure(answer.rows[0]?.value, answer.unit, language));
  return (
    <>
      {label(labelProp(asked?.label) ?? answer.label)} {value}
    </>
  );
}

function comparisonOf(compare: unknown): Record<string, unknown> | null {
  if (typeof compare === "string") return { metric: compare };
  return typeof compare === "object" && compare !== null
    ? (compare as Record<string, unknown>)
    : null;
}
