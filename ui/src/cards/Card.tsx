import type { ReactNode } from "react";
import styles from "./card.module.css";

interface CardProps {
  title?: ReactNode;
  /** At the right of the title: a unit, a link. */
  note?: ReactNode;
  /** The line at the foot: a finding and what to do. */
  foot?: ReactNode;
  children: ReactNode;
}

/** What stands on the canvas of a board. */
export function Card({ title, note, foot, children }: CardProps) {
  return (
    <section className={styles.card}>
      {title && (
        <header>
          <h2>{title}</h2>
          {note && <span>{note}</span>}
        </header>
      )}
      <div className={styles.body}>{children}</div>
      {foot && <footer>{foot}</footer>}
    </section>
  );
}

/** The shape of what is coming, where it takes longer than a moment. */
export function CardSkeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div className={styles.skeleton} aria-hidden>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all the same.
        <span key={index} style={{ width: `${90 - index * 14}%` }} />
      ))}
    </div>
  );
}
