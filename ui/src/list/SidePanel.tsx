import { ChevronDown, ChevronUp, Link2, Maximize2, X } from "lucide-react";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useRecord } from "~/api/queries";
import type { ObjectType, RecordData } from "~/api/types";
import { useNarrow } from "~/app/screen";
import { showToast } from "~/app/undo";
import { copyAddress, RecordMenu } from "~/records/RecordMenu";
import { RecordView } from "~/records/RecordView";
import { IconButton } from "~/signs/signs";
import styles from "./panel.module.css";

const NARROWEST = 380;
const WIDEST = 720;
const STANDARD = 436;
const STORED = "sanhuan.panel";

interface SidePanelProps {
  object: ObjectType;
  id: string;
  /** The records of the list in order, to step through. */
  records: RecordData[];
  onGo: (id: string) => void;
  onClose: () => void;
}

/** A record beside its list: stepped through, widened, opened in full, closed. */
export function SidePanel({ object, id, records, onGo, onClose }: SidePanelProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const record = useRecord(object.name, id).data;
  const { width, handleDown } = useDraggedWidth();
  const at = records.findIndex((item) => item.id === id);
  const path = `/records/${object.name}/${id}`;
  useEscape(onClose);
  const copy = async () => {
    await copyAddress(path);
    showToast({ tone: "done", text: t("toast.copied") });
  };
  const before = records[at - 1];
  const after = records[at + 1];
  return (
    <aside
      className={`${styles.panel} ${narrow ? styles.cover : ""}`}
      style={{ width }}
      aria-label={t("panel.title")}
    >
      <div className={styles.edge} onPointerDown={handleDown} aria-hidden />
      <header className={styles.bar}>
        <IconButton
          icon={ChevronUp}
          name={t("panel.before")}
          disabled={!before}
          onClick={() => before && onGo(before.id)}
        />
        <IconButton
          icon={ChevronDown}
          name={t("panel.after")}
          disabled={!after}
          onClick={() => after && onGo(after.id)}
        />
        {at >= 0 && (
          <span className={styles.place}>
            {at + 1} / {records.length}
          </span>
        )}
        <span className={styles.spread} />
        <IconButton icon={Link2} name={t("record.copyAddress")} onClick={() => void copy()} />
        <IconButton
          icon={Maximize2}
          size={14}
          name={t("panel.full")}
          onClick={() => void navigate(path)}
        />
        {record && <RecordMenu object={object} record={record} onGone={onClose} />}
        <IconButton icon={X} name={t("action.close")} hint="Esc" onClick={onClose} />
      </header>
      <RecordView key={id} object={object.name} id={id} panel />
    </aside>
  );
}

function useEscape(act: () => void): void {
  useEffect(() => {
    const handleKey = (event: KeyboardEvent) => {
      const inside = event.target instanceof HTMLElement && event.target.matches("input, textarea");
      if (event.key === "Escape" && !inside && !event.defaultPrevented) act();
    };
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  });
}

function useDraggedWidth() {
  const [width, setWidth] = useState(() => Number(localStorage.getItem(STORED)) || STANDARD);
  const start = useRef({ x: 0, width: 0 });
  const handleDown = (event: PointerEvent<HTMLDivElement>) => {
    const edge = event.currentTarget;
    edge.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, width };
    edge.onpointermove = (move) => {
      const next = start.current.width + start.current.x - move.clientX;
      setWidth(Math.max(NARROWEST, Math.min(WIDEST, next)));
    };
    edge.onpointerup = () => {
      edge.onpointermove = null;
      setWidth((settled) => {
        localStorage.setItem(STORED, String(settled));
        return settled;
      });
    };
  };
  return { width, handleDown };
}
