import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useCount } from "~/api/queries";
import type { View } from "~/api/types";
import { useLabel } from "~/app/words";
import { cappedCount } from "~/format/numbers";
import styles from "./list.module.css";

interface ViewTabsProps {
  object: string;
  views: View[];
  chosen: View | null;
  onChoose: (view: View) => void;
}

export function ViewTabs({ object, views, chosen, onChoose }: ViewTabsProps) {
  const { t } = useTranslation();
  if (views.length === 0) return null;
  return (
    <nav className={styles.views} aria-label={t("list.views")}>
      {views.map((view) => (
        <ViewTab
          key={view.name}
          object={object}
          view={view}
          chosen={view.name === chosen?.name}
          onChoose={() => onChoose(view)}
        />
      ))}
    </nav>
  );
}

interface ViewTabProps {
  object: string;
  view: View;
  chosen: boolean;
  onChoose: () => void;
}

function ViewTab({ object, view, chosen, onChoose }: ViewTabProps) {
  const label = useLabel();
  const tab = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (chosen) tab.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  const count = useCount(object, view.filter ?? null).data ?? null;
  return (
    <button
      ref={tab}
      type="button"
      className={chosen ? styles.chosenView : undefined}
      aria-current={chosen ? "true" : undefined}
      onClick={onChoose}
    >
      {label(view.label)}
      {count !== null && <span>{cappedCount(count)}</span>}
    </button>
  );
}
