/** A page made of figures and charts: a head, then its bricks on the canvas. */
import { useTranslation } from "react-i18next";
import type { Page } from "~/api/types";
import { useLabel } from "~/app/words";
import { Bricks } from "~/bricks/Bricks";
import { useLiveState } from "~/live/live";
import styles from "./board.module.css";

export function Board({ page }: { page: Page }) {
  const { t } = useTranslation();
  const label = useLabel();
  const live = useLiveState();
  return (
    <>
      <header className={styles.head}>
        <h1>{label(page.label)}</h1>
        <span className={`${styles.live} ${live === "open" ? styles.on : ""}`} role="status">
          {t(live === "open" ? "board.live" : "board.still")}
        </span>
      </header>
      <div className={styles.scroll}>
        <div className={styles.body}>
          <Bricks layout={page.layout} />
        </div>
      </div>
    </>
  );
}
