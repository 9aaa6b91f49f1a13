import { useEffect, useRef, useState } from "react";
import type { Figure } from "~/format/numbers";
import styles from "./figures.module.css";

const TINT_MS = 600;

/** A figure with its small unit; it is tinted for a moment when it changes by itself. */
export function FigureText({ figure }: { figure: Figure }) {
  const before = useRef(figure.number);
  const [tinted, setTinted] = useState(false);
  useEffect(() => {
    if (before.current === figure.number) return;
    before.current = figure.number;
    setTinted(true);
    const timer = setTimeout(() => setTinted(false), TINT_MS);
    return () => clearTimeout(timer);
  }, [figure.number]);
  return (
    <span className={`${styles.figure} ${tinted ? styles.tinted : ""}`}>
      {figure.number}
      {figure.unit && <small>{figure.unit}</small>}
    </span>
  );
}
