/** Finds records of every object as one types, and pages by name; arrows and Enter choose. */
import { useQuery } from "@tanstack/react-query";
import { Modal } from "antd";
import { Search } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { get } from "~/api/client";
import { useMe, useObjects } from "~/api/queries";
import { useSlow } from "~/app/screen";
import { useLabel } from "~/app/words";
import { useSettled } from "~/fields/RecordPicker";
import { iconOf } from "~/signs/icons";
import { menuParts, pathOf } from "./menu";
import styles from "./search.module.css";

const TYPING_PAUSE_MS = 120;

/** One record found. */
interface Found {
  object: string;
  id: string;
  title: string;
}

interface Hit {
  key: string;
  path: string;
  title: string;
  note: string;
  icon: string | null | undefined;
}

export function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { hits, searching } = useHits(typed.trim());
  const slow = useSlow(searching);
  const chosen = Math.min(at, hits.length - 1);

  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void navigate(hit.path);
  };
  const handleKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") open(hits[chosen]);
    else if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      open
      footer={null}
      closable={false}
      onCancel={onClose}
      width={600}
      style={{ top: 96 }}
      styles={{ container: { padding: 0 }, header: { height: 0, margin: 0, padding: 0 } }}
      title={<span className="visually-hidden">{t("search.open")}</span>}
    >
      <div className={styles.box}>
        <Search size={18} strokeWidth={1.75} aria-hidden />
        <input
          type="search"
          role="combobox"
          aria-label={t("search.box")}
          aria-expanded={hits.length > 0}
          aria-controls="search-hits"
          aria-activedescendant={hits[chosen] ? `hit-${chosen}` : undefined}
          // biome-ignore lint/a11y/noAutofocus: the dialog is opened to type into it.
          autoFocus
          placeholder={t("search.placeholder")}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={handleKey}
        />
        <kbd>Esc</kbd>
      </div>
      <div id="search-hits" role="listbox" aria-label={t("search.results")} className={styles.hits}>
        {hits.map((hit, index) => (
          <HitRow
            key={hit.key}
            id={`hit-${index}`}
            hit={hit}
            chosen={index === chosen}
            onOpen={() => open(hit)}
            onPoint={() => setAt(index)}
          />
        ))}
      </div>
      {hits.length === 0 && typed.trim() && (
        <p className={styles.none}>{t(slow ? "search.searching" : "search.none")}</p>
      )}
    </Modal>
  );
}

interface HitRowProps {
  id: string;
  hit: Hit;
  chosen: boolean;
  onOpen: () => void;
  onPoint: () => void;
}

function HitRow({ id, hit, chosen, onOpen, onPoint }: HitRowProps) {
  const Icon = iconOf(hit.icon);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the box that keeps the focus.
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      className={chosen ? styles.chosen : undefined}
      onClick={onOpen}
      onMouseMove={onPoint}
    >
      <Icon size={16} strokeWidth={1.75} aria-hidden />
      <span className={styles.title}>{hit.title}</span>
      <span className={styles.note}>{hit.note}</span>
    </div>
  );
}

function useHits(q: string): { hits: Hit[]; searching: boolean } {
  const { t } = useTranslation();
  const label = useLabel();
  const menu = useMe().data?.menu ?? [];
  const settled = useSettled(q, TYPING_PAUSE_MS);
  const answer = useQuery({
    queryKey: ["search", settled],
    queryFn: ({ signal }) => get<{ data: Found[] }>("/search", { q: settled }, signal),
    enabled: settled.length > 0,
    placeholderData: (before) => (settled ? before : undefined),
  });
  const found = q ? (answer.data?.data ?? []) : [];
  const objects = useObjects([...new Set(found.map((item) => item.object))]);
  const parts = menuParts(menu);
  const pages = [...parts.first, ...parts.groups.flatMap((group) => group.items), ...parts.last]
    .filter((item) => label(item.label).toLowerCase().includes(q.toLowerCase()))
    .map((item) => ({
      key: item.page,
      path: pathOf(item.page),
      title: label(item.label),
      note: t("search.page"),
      icon: item.icon,
    }));
  const records = found.map((item) => ({
    key: item.id,
    path: `/records/${item.object}/${item.id}`,
    title: item.title,
    note: label(objects[item.object]?.label),
    icon: objects[item.object]?.icon,
  }));
  return { hits: [...records, ...pages], searching: answer.isFetching };
}
