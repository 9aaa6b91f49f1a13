/** A page made of figures and charts: a head, then its bricks on the canvas. */
import { useTranslation } from "react-i18next";
import type { Page } from "~/api/types";
import { useLabel } from "~/app/words";
import { Bricks } from "~/bricks/Bricks";
import { labelProp } from "~/bricks/props";
import { useLiveState } from "~/live/live";
import { useLiveFigures } from "~/metrics/metrics";
import styles from "./board.module.css";

export function Board({ page }: { page: Page }) {
  const { t } = useTranslation();
  const label = useLabel();
  const live = useLiveState();
  useLiveFigures();
  // A heading that opens the page is its title: the head shows it, not the body again.
  const [first, ...rest] = page.layout;
  const titled = first?.brick === "heading";
  return (
    <>
      <header className={styles.head}>
        <h1>{label(titled ? labelProp(first.props?.text) : page.label)}</h1>
        <span className={`${styles.live} ${live === "open" ? styles.on : ""}`} role="status">
          {t(live === "open" ? "board.live" : "board.still")}
        </span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={label(page.label)}>
        <div className={styles.body}>
          <Bricks layout={titled ? rest : page.layout} />
        </div>
      </section>
    </>
  );
}
