import { Bricks } from "./Bricks";
import styles from "./columns.module.css";
import { usePageDefinition } from "./place";
import { tracksProp } from "./props";
import type { BrickProps } from "./registry";

/** Its bricks side by side, parted by hairlines on records, by canvas on boards; below one another where it is narrow. */
export default function Columns({ props, items }: BrickProps) {
  const page = usePageDefinition();
  const board = page?.kind === "page";
  return (
    <div className={board ? styles.board : styles.record}>
      <div
        className={styles.grid}
        style={{ gridTemplateColumns: tracksProp(props.widths, items.length) }}
      >
        {items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a layout has no other identity, and does not reorder.
          <div key={index} className={styles.column}>
            <Bricks layout={item.brick === "column" ? (item.children ?? []) : [item]} />
          </div>
        ))}
      </div>
    </div>
  );
}
