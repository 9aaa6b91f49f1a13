import { Button } from "antd";
import { FileSpreadsheet, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { ObjectType } from "~/api/types";
import { useLabel } from "~/app/words";
import styles from "./empty.module.css";

interface EmptyListProps {
  object: ObjectType;
  /** There are records, but none passes the filter. */
  filtered: boolean;
  onClear: () => void;
}

/** Nothing here: because of the filter, or because nothing was ever put in. */
export function EmptyList({ object, filtered, onClear }: EmptyListProps) {
  const { t } = useTranslation();
  const label = useLabel();
  if (filtered) {
    return (
      <div className={styles.empty}>
        <p className={styles.title}>{t("empty.filtered")}</p>
        <p>{t("empty.filteredText")}</p>
        <Button onClick={onClear}>{t("empty.clear")}</Button>
      </div>
    );
  }
  return (
    <div className={styles.empty}>
      <Picture />
      <h2 className={styles.big}>{t("empty.title", { object: label(object.label) })}</h2>
      <p>{t("empty.text")}</p>
      <div className={styles.ways}>
        <ImportWay object={object} />
        <CreateWay object={object} />
      </div>
    </div>
  );
}

function ImportWay({ object }: { object: ObjectType }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!object.acts?.includes("import")) return null;
  return (
    <section className={styles.way}>
      <FileSpreadsheet size={18} strokeWidth={1.75} aria-hidden />
      <h3>{t("empty.importTitle")}</h3>
      <p>{t("empty.importText")}</p>
      <Button type="primary" onClick={() => void navigate(`/pages/imports?object=${object.name}`)}>
        {t("empty.importAct")}
      </Button>
    </section>
  );
}

function CreateWay({ object }: { object: ObjectType }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  if (!object.acts?.includes("create")) return null;
  return (
    <section className={styles.way}>
      <Plus size={18} strokeWidth={1.75} aria-hidden />
      <h3>{t("action.createOne", { object: label(object.label) })}</h3>
      <p>{t("empty.createText")}</p>
      <Button onClick={() => void navigate(`/records/${object.name}/new`)}>
        {t("empty.createAct")}
      </Button>
    </section>
  );
}

const ROWS = [
  { width: 118, tag: "var(--success-soft)" },
  { width: 90, tag: "var(--warning-soft)" },
  { width: 132, tag: "var(--success-soft)" },
  { width: 102, tag: "var(--danger-soft)" },
];
const BARS = [
  { height: 40, opacity: 0.3 },
  { height: 62, opacity: 0.55 },
  { height: 54, opacity: 0.75 },
  { height: 84, opacity: 1 },
];

/** What it will look like once there is something: a list, and a chart of it. */
function Picture() {
  return (
    <svg
      width="500"
      height="190"
      viewBox="0 0 500 190"
      aria-hidden="true"
      className={styles.picture}
    >
      <rect
        x="0.5"
        y="20.5"
        width="330"
        height="150"
        rx="10"
        fill="var(--surface)"
        stroke="var(--border)"
      />
      <rect x="18" y="36" width="64" height="9" rx="4" fill="var(--border)" />
      {ROWS.map((row, index) => (
        <g key={row.width} transform={`translate(0 ${62 + index * 26})`}>
          <rect x="18" width={row.width} height="8" rx="4" fill="var(--hover)" />
          <rect x="176" width={40 + index * 6} height="8" rx="4" fill="var(--hover)" />
          <rect x="252" y="-3" width="40" height="14" rx="4" fill={row.tag} />
        </g>
      ))}
      <rect
        x="276.5"
        y="0.5"
        width="204"
        height="168"
        rx="10"
        fill="var(--surface)"
        stroke="var(--border)"
        style={{ filter: "drop-shadow(0 12px 18px #16191f14)" }}
      />
      <rect x="294" y="20" width="92" height="9" rx="4" fill="var(--text-3)" />
      <rect x="294" y="38" width="60" height="7" rx="3.5" fill="var(--border)" />
      {BARS.map((bar, index) => (
        <rect
          key={bar.height}
          x={298 + index * 42}
          y={150 - bar.height}
          width="27"
          height={bar.height}
          rx="3"
          fill="var(--chart-1)"
          opacity={bar.opacity}
        />
      ))}
      <path d="M294 150.5H464" stroke="var(--border)" />
    </svg>
  );
}
