import { useTranslation } from "react-i18next";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { useLabel, useLanguage } from "~/app/words";
import { Card, CardSkeleton } from "~/cards/Card";
import { joined, percent } from "~/format/numbers";
import { figure } from "~/metrics/figures";
import styles from "~/metrics/figures.module.css";
import { useMarks } from "~/metrics/useMarks";
import { BarRow } from "./bar-chart";
import { filterProp, labelProp, textProp, textsProp } from "./props";
import type { BrickProps } from "./registry";

/** How many stand in each state, in the order of the states, with their share of all. */
export default function Funnel({ props }: BrickProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const language = useLanguage();
  const by = textsProp(props.group_by)[0] ?? "";
  const name = textProp(props.metric);
  const filter = filterProp(props.filter);
  const { metric, marks } = useMarks(
    name ? { name, group_by: [by], ...(filter && { filter }) } : null,
    by,
  );
  const slow = useSlow(metric.isPending);
  const unit = metric.data?.unit ?? "count";
  const shown = marks.filter((mark) => mark.value !== null);
  const largest = Math.max(...shown.map((mark) => mark.value ?? 0), 0);
  const all = shown.reduce((sum, mark) => sum + (mark.value ?? 0), 0);
  return (
    <Card title={label(labelProp(props.label) ?? metric.data?.label)} note={t("board.share")}>
      {metric.error && <Failed small error={metric.error} onRetry={() => void metric.refetch()} />}
      {metric.isPending && slow && <CardSkeleton />}
      {metric.data && shown.length === 0 && <p className={styles.none}>{t("board.nothing")}</p>}
      <div className={`${styles.bars} ${styles.withShare}`}>
        {shown.map((mark) => (
          <BarRow
            key={mark.key}
            mark={mark}
            share={largest > 0 ? (mark.value ?? 0) / largest : 0}
            text={joined(figure(mark.row.value, unit, language))}
            note={shareText(mark.value ?? 0, all)}
          />
        ))}
      </div>
    </Card>
  );
}

function shareText(value: number, all: number): string {
  if (all <= 0 || value === 0) return "";
  return value / all < 0.005 ? "<1%" : percent(value / all, 0);
}
