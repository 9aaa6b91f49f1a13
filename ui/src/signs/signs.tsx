/** Small signs that the same thing has everywhere: tags, people, key caps, icon buttons. */
import { Tooltip } from "antd";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { ChoiceColour } from "~/api/types";
import styles from "./signs.module.css";

/** A state or class: 20 px high, soft fill. */
export function Tag({
  colour = "grey",
  children,
}: {
  colour?: ChoiceColour | undefined;
  children: ReactNode;
}) {
  return <span className={`${styles.tag} ${styles[colour]}`}>{children}</span>;
}

/** The colour of a state, beside its word. */
export function Dot({ colour = "grey" }: { colour?: ChoiceColour | undefined }) {
  return <span className={`${styles.dot} ${styles[`dot-${colour}`]}`} aria-hidden />;
}

/** White text is readable on each of them. */
const PEOPLE = [
  "#2B62CE",
  "#1B7F6B",
  "#B83F78",
  "#6B55BE",
  "#2A7090",
  "#9A5A1C",
  "#4A4F5C",
  "#8C4A2A",
  "#5B6B1C",
];

/** A person as a coloured disc with the first character of the name. */
export function Avatar({ name, size = 20 }: { name: string; size?: number }) {
  const colour = PEOPLE[hash(name) % PEOPLE.length];
  return (
    <span
      className={styles.avatar}
      style={{ background: colour, width: size, height: size, fontSize: Math.round(size * 0.5) }}
      aria-hidden
    >
      {[...name][0] ?? ""}
    </span>
  );
}

/** A company or other thing as a soft tile with the first character of its name. */
export function Tile({ name, size = 44 }: { name: string; size?: number }) {
  return (
    <span
      className={styles.tile}
      style={{ width: size, height: size, fontSize: Math.round(size * 0.45) }}
      aria-hidden
    >
      {[...name][0] ?? ""}
    </span>
  );
}

function hash(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

interface IconButtonProps {
  icon: LucideIcon;
  /** Read out, and shown on hover. */
  name: string;
  /** The key that does the same. */
  hint?: string;
  size?: number;
  disabled?: boolean;
  pressed?: boolean;
  onClick: () => void;
}

export function IconButton({
  icon: Icon,
  name,
  hint,
  size = 16,
  disabled,
  pressed,
  onClick,
}: IconButtonProps) {
  const title = hint ? (
    <>
      {name} <kbd className={styles.tipKey}>{hint}</kbd>
    </>
  ) : (
    name
  );
  return (
    <Tooltip title={title} mouseEnterDelay={0.4}>
      <button
        type="button"
        className={styles.iconButton}
        aria-label={name}
        aria-pressed={pressed}
        disabled={disabled}
        onClick={onClick}
      >
        <Icon size={size} strokeWidth={1.75} aria-hidden />
      </button>
    </Tooltip>
  );
}

/** The mark of the product: three rings around one point. */
export function Rings({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <circle cx="12" cy="12" r="10.75" stroke="#A9BEEF" strokeWidth="1.8" fill="#EDF2FD" />
      <circle cx="12" cy="13.4" r="6.6" stroke="#5E86E0" strokeWidth="1.8" fill="#DCE6FB" />
      <circle cx="12" cy="15" r="3" fill="#2457C5" />
    </svg>
  );
}
