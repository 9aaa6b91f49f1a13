import { Input } from "antd";
import { useState } from "react";
import { useLanguage, useWording } from "~/app/words";
import { currencyUnit, exact, inWords } from "~/format/numbers";
import { percentDigits, typedNumber, typedPercent } from "~/format/typed";
import { numerals } from "~/i18n/locales/units";
import type { EditorProps } from "../FieldEditor";
import styles from "../fields.module.css";
import { isEmpty, shownType } from "../values";

/** Integer, decimal, money and percent: text that is read as a number as it is typed. */
export function NumberEditor({
  field,
  value,
  onChange,
  onCommit,
  id,
  name,
  describedBy,
  invalid,
  autoFocus,
  bare,
  disabled,
}: EditorProps) {
  const language = useLanguage();
  const { currency } = useWording();
  const type = shownType(field);
  const [focused, setFocused] = useState(autoFocus ?? false);
  const [typed, setTyped] = useState(() => digits(type, value));
  const shown = focused ? typed : grouped(type, value);

  const handleType = (text: string) => {
    setTyped(text);
    onChange(text.trim() === "" ? null : read(type, text));
  };
  const suffix =
    type === "percent"
      ? "%"
      : type === "money" && language === "zh"
        ? currencyUnit(field.currency ?? currency, language)
        : field.unit;
  return (
    <>
      <Input
        id={id}
        aria-label={name}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        inputMode="decimal"
        variant={bare ? "borderless" : "outlined"}
        style={bare ? { textAlign: "right" } : undefined}
        status={invalid ? "error" : ""}
        autoFocus={autoFocus}
        autoComplete="off"
        disabled={disabled}
        suffix={bare ? undefined : suffix}
        value={shown}
        onFocus={(event) => {
          setTyped(digits(type, value));
          setFocused(true);
          if (bare) event.target.select();
        }}
        onChange={(event) => handleType(event.target.value)}
        onPressEnter={() => onCommit?.()}
        onBlur={() => {
          setFocused(false);
          onCommit?.();
        }}
      />
      {type === "money" &&
        !bare &&
        language === "zh" &&
        focused &&
        Math.abs(Number(value)) >= 10_000 && (
          <div className={styles.words}>{inWords(String(value)) + numerals.yuan}</div>
        )}
    </>
  );
}

function read(type: string, text: string): string | number {
  if (type === "percent") return typedPercent(text);
  const number = typedNumber(text);
  return type === "integer" && /^[+-]?\d{1,15}$/.test(number) ? Number(number) : number;
}

function digits(type: string, value: unknown): string {
  if (isEmpty(value)) return "";
  const text = String(value);
  if (type === "percent" && Number.isFinite(Number(text))) return percentDigits(text);
  return text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

function grouped(type: string, value: unknown): string {
  const text = digits(type, value);
  return Number.isFinite(Number(text)) && text !== "" ? exact(text) : text;
}
