import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { useLabel, useLanguage } from "~/app/words";
import { Card, CardSkeleton } from "~/cards/Card";
import { joined } from "~/format/numbers";
import { drillPath, figure, type Mark } from "~/metrics/figures";
import styles from "~/metrics/figures.module.css";
import { useMarks } from "~/metrics/useMarks";
import { Avatar } from "~/signs/signs";
import { filterProp, labelProp, textProp, textsProp } from "./props";
import type { BrickProps } from "./registry";

/** A metric by one dimension: lying bars by kind, standing ones over time. Each leads to its records. */
export default function BarChart({ props }: BrickProps) {
  const { t } = useTranslation();
  const label = useLabel();
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
  return (
    <Card title={label(labelProp(props.label) ?? metric.data?.label)}>
      {metric.error && <Failed small error={metric.error} onRetry={() => void metric.refetch()} />}
      {metric.isPending && slow && <CardSkeleton />}
      {metric.data && shown.length === 0 && <p className={styles.none}>{t("board.nothing")}</p>}
      {by.includes(":") ? (
        <Columns marks={shown} unit={unit} />
      ) : (
        <Bars marks={shown} unit={unit} />
      )}
    </Card>
  );
}

function Bars({ marks, unit }: { marks: Mark[]; unit: string }) {
  const language = useLanguage();
  const largest = Math.max(...marks.map((mark) => mark.value ?? 0), 0);
  return (
    <div className={styles.bars}>
      {marks.map((mark) => (
        <BarRow
          key={mark.key}
          mark={mark}
          share={largest > 0 ? (mark.value ?? 0) / largest : 0}
          text={joined(figure(mark.row.value, unit, language))}
        />
      ))}
    </div>
  );
}

interface BarRowProps {
  mark: Mark;
  /** Of the longest bar. */
  share: number;
  text: string;
  note?: string;
}

export function BarRow({ mark, share, text, note }: BarRowProps) {
  const path = drillPath(mark.row);
  const content = (
    <>
      <span className={styles.name} title={mark.label}>
        {mark.person && <Avatar name={mark.label} />}
        {mark.label}
      </span>
      <span className={styles.track} aria-hidden>
        <span style={{ width: `${share * 100}%`, opacity: 0.45 + share * 0.55 }} />
      </span>
      <span className={styles.value}>{text}</span>
      {note !== undefined && <span className={styles.share}>{note}</span>}
    </>
  );
  return path ? <Link to={path}>{content}</Link> : <div className={styles.bar}>{content}</div>;
}

const WIDTH = 560;
const HEIGHT = 200;
const FOOT = 22;
const HEAD = 18;

function Columns({ marks, unit }: { marks: Mark[]; unit: string }) {
  const language = useLanguage();
  const navigate = useNavigate();
  const largest = Math.max(...marks.map((mark) => mark.value ?? 0), 1);
  const step = WIDTH / Math.max(marks.length, 1);
  const every = Math.ceil(marks.length / 12);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={styles.columns}
      role="img"
      aria-label={marks
        .map((mark) => `${mark.label} ${joined(figure(mark.row.value, unit, language))}`)
        .join("; ")}
    >
      {[0.25, 0.5, 0.75, 1].map((share) => (
        <path key={share} d={`M0 ${height(share)}H${WIDTH}`} />
      ))}
      {marks.map((mark, index) => {
        const path = drillPath(mark.row);
        const top = height((mark.value ?? 0) / largest);
        const centre = (index + 0.5) * step;
        const column = (
          <rect
            x={centre - Math.min(14, step * 0.3)}
            y={top}
            width={Math.min(28, step * 0.6)}
            height={HEIGHT - FOOT - top}
            rx="3"
          />
        );
        return (
          <g key={mark.key}>
            {path ? (
              <a
                href={path}
                onClick={(event) => {
                  event.preventDefault();
                  void navigate(path);
                }}
              >
                {column}
              </a>
            ) : (
              column
            )}
            {(index === marks.length - 1 || mark.value === largest) && (
              <text x={centre} y={top - 5} textAnchor="middle" className={styles.direct}>
                {joined(figure(mark.row.value, unit, language))}
              </text>
            )}
            {index % every === 0 && (
              <text x={centre} y={HEIGHT - 6} textAnchor="middle">
                {mark.label.replace(/^\d{4}-/, "")}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function height(share: number): number {
  return HEAD + (1 - share) * (HEIGHT - FOOT - HEAD);
}
