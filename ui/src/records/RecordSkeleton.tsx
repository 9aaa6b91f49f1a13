import styles from "./record-view.module.css";

const WIDTHS = [220, 320, 0, 180, 260, 210, 240, 190];

/** The outline of a record, while it takes longer than a moment. */
export function RecordSkeleton() {
  return (
    <div className={styles.skeleton} aria-hidden>
      {WIDTHS.map((width) => (
        <span key={width} style={{ width: width || "100%" }} />
      ))}
    </div>
  );
}
