import { useId, useState } from "react";
import { useLabel } from "~/app/words";
import { Bricks } from "./Bricks";
import { labelProp } from "./props";
import type { BrickProps } from "./registry";
import styles from "./tabs.module.css";

/** Bricks behind tabs, one open at a time. Arrow keys move between them. */
export default function Tabs({ items }: BrickProps) {
  const label = useLabel();
  const id = useId();
  const [at, setAt] = useState(0);
  const open = items[at] ?? items[0];
  const move = (step: number) => {
    const next = (at + step + items.length) % items.length;
    setAt(next);
    document.getElementById(`${id}tab${next}`)?.focus();
  };
  return (
    <section className={styles.tabs}>
      <div role="tablist" className={styles.list}>
        {items.map((item, index) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: tabs have no other identity, and do not reorder.
            key={index}
            id={`${id}tab${index}`}
            type="button"
            role="tab"
            aria-selected={index === at}
            aria-controls={`${id}panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => setAt(index)}
            onKeyDown={(event) => {
              if (event.key === "ArrowRight") move(1);
              if (event.key === "ArrowLeft") move(-1);
            }}
          >
            {label(labelProp(item.props?.label))}
          </button>
        ))}
      </div>
      <div
        key={at}
        id={`${id}panel`}
        role="tabpanel"
        aria-labelledby={`${id}tab${at}`}
        className={styles.panel}
      >
        <Bricks layout={open?.children ?? []} />
      </div>
    </section>
  );
}
