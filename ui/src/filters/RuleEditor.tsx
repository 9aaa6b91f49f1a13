/** One condition being made or changed: field, operator, value by the field's type. */
import { Button, Checkbox, Radio, Select } from "antd";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Json, Operator, Rule } from "~/api/types";
import { useLabel } from "~/app/words";
import { FieldEditor } from "~/fields/FieldEditor";
import { RecordPicker } from "~/fields/RecordPicker";
import { isReference, shownType, targetOf } from "~/fields/values";
import { Dot } from "~/signs/signs";
import {
  asRelative,
  isComplete,
  isMe,
  needsValue,
  OFFERED_WINDOWS,
  operatorsOf,
  windowText,
} from "./filters";
import styles from "./filters.module.css";
import { useWindowWords } from "./useFilterWords";

interface RuleEditorProps {
  /** Absent for a new one: then the field is asked first. */
  rule?: Rule;
  fields: Field[];
  onDone: (rule: Rule) => void;
}

export function RuleEditor({ rule, fields, onDone }: RuleEditorProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const [draft, setDraft] = useState<Rule | null>(rule ?? null);
  const field = fields.find((item) => item.name === draft?.field);
  if (!draft || !field) {
    return <FieldList fields={fields} onChoose={(chosen) => setDraft(startRule(chosen))} />;
  }
  const finish = () => isComplete(draft) && onDone(draft);
  const handleKey = (event: KeyboardEvent) => {
    if (
      event.key === "Enter" &&
      !event.nativeEvent.isComposing &&
      (event.target as HTMLElement).tagName === "INPUT"
    )
      finish();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Enter in any of its controls applies the condition.
    <div className={styles.editor} onKeyDown={handleKey} role="presentation">
      <div className={styles.head}>
        <strong>{label(field.label)}</strong>
        <Select
          size="small"
          aria-label={t("filter.how")}
          value={draft.operator}
          popupMatchSelectWidth={false}
          options={operatorsOf(field).map((operator) => ({
            value: operator,
            label: operatorName(operator, field, t),
          }))}
          onChange={(operator) => setDraft(withOperator(draft, operator))}
        />
      </div>
      {needsValue(draft.operator) && (
        <ValueEditor
          field={field}
          rule={draft}
          onChange={(value) => setDraft({ ...draft, value })}
        />
      )}
      <Button type="primary" size="small" disabled={!isComplete(draft)} onClick={finish}>
        {t("filter.apply")}
      </Button>
    </div>
  );
}

type T = ReturnType<typeof useTranslation>["t"];

function operatorName(operator: Operator, field: Field, t: T): string {
  const dated = ["date", "datetime"].includes(shownType(field));
  const plain = t(`filter.operator.${operator}`);
  return dated ? t(`filter.date.${operator as "in"}`, { defaultValue: plain }) : plain;
}

/** A rule of the likeliest kind for a field; people start at oneself, dates at this month. */
function startRule(field: Field): Rule {
  const operator = operatorsOf(field)[0] ?? "notNull";
  if (shownType(field) === "date" || shownType(field) === "datetime") {
    return { field: field.name, operator, value: { relative: "this_month" } };
  }
  if (field.type === "user") return { field: field.name, operator: "=", value: { me: true } };
  if (shownType(field) === "boolean") return { field: field.name, operator, value: true };
  return { field: field.name, operator, value: null };
}

function withOperator(rule: Rule, operator: Operator): Rule {
  if (!needsValue(operator)) return { field: rule.field, operator };
  const list = operator === "in" || operator === "notIn" || operator === "between";
  const fits =
    list === Array.isArray(rule.value) &&
    (operator === "between") === (rule.operator === "between");
  return { field: rule.field, operator, value: fits ? (rule.value ?? null) : list ? [] : null };
}

function FieldList({ fields, onChoose }: { fields: Field[]; onChoose: (field: Field) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [typed, setTyped] = useState("");
  const found = fields.filter((field) =>
    `${label(field.label)} ${field.name}`.toLowerCase().includes(typed.toLowerCase()),
  );
  return (
    <div className={styles.fields}>
      <input
        type="search"
        // biome-ignore lint/a11y/noAutofocus: the popup is opened to type into it.
        autoFocus
        aria-label={t("filter.field")}
        placeholder={t("filter.field")}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          const first = found[0];
          if (event.key === "Enter" && first && !event.nativeEvent.isComposing) onChoose(first);
        }}
      />
      <ul>
        {found.map((field) => (
          <li key={field.name}>
            <button type="button" onClick={() => onChoose(field)}>
              {label(field.label)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ValueEditorProps {
  field: Field;
  rule: Rule;
  onChange: (value: Json) => void;
}

function ValueEditor({ field, rule, onChange }: ValueEditorProps) {
  const type = shownType(field);
  if (rule.operator === "between")
    return <BetweenEditor field={field} rule={rule} onChange={onChange} />;
  if (type === "select" || type === "multi_select")
    return <ChoiceEditor field={field} rule={rule} onChange={onChange} />;
  if (type === "date" || type === "datetime")
    return <DayEditor field={field} rule={rule} onChange={onChange} />;
  if (isReference(field) || type === "references")
    return <RecordEditor field={field} rule={rule} onChange={onChange} />;
  return <OneEditor field={field} value={rule.value} onChange={onChange} />;
}

interface OneEditorProps {
  field: Field;
  value: Json | undefined;
  onChange: (value: Json) => void;
  autoFocus?: boolean;
}

function OneEditor({ field, value, onChange, autoFocus = true }: OneEditorProps) {
  const label = useLabel();
  const plain: Field = { ...field, required: false, type: OPEN[shownType(field)] ?? field.type };
  return (
    <FieldEditor
      field={plain}
      value={value}
      name={label(field.label)}
      autoFocus={autoFocus}
      onChange={(next) => onChange((next ?? null) as Json)}
    />
  );
}

/** Conditions on parts of an address, a number or a long text are typed on one line. */
const OPEN: Readonly<Record<string, string>> = { long_text: "text", auto_number: "text" };

function BetweenEditor({ field, rule, onChange }: ValueEditorProps) {
  const values = Array.isArray(rule.value) ? rule.value : [];
  const put = (index: number, value: Json) =>
    onChange([0, 1].map((at) => (at === index ? value : (values[at] ?? null))));
  return (
    <div className={styles.between}>
      <OneEditor field={field} value={values[0]} onChange={(value) => put(0, value)} />
      <span>–</span>
      <OneEditor
        field={field}
        value={values[1]}
        onChange={(value) => put(1, value)}
        autoFocus={false}
      />
    </div>
  );
}

function ChoiceEditor({ field, rule, onChange }: ValueEditorProps) {
  const label = useLabel();
  const many = rule.operator === "in" || rule.operator === "notIn";
  const keys = Array.isArray(rule.value) ? rule.value : [];
  const choices = (field.choices ?? []).filter((choice) => !choice.hidden);
  if (!many) {
    return (
      <Radio.Group
        className={styles.choices}
        value={rule.value}
        options={choices.map((choice) => ({ value: choice.key, label: label(choice.label) }))}
        onChange={(event) => onChange(event.target.value as string)}
      />
    );
  }
  return (
    <div className={styles.choices}>
      {choices.map((choice) => (
        <Checkbox
          key={choice.key}
          checked={keys.includes(choice.key)}
          onChange={(event) =>
            onChange(
              event.target.checked
                ? [...keys, choice.key]
                : keys.filter((key) => key !== choice.key),
            )
          }
        >
          <Dot colour={choice.color} /> {label(choice.label)}
        </Checkbox>
      ))}
    </div>
  );
}

function DayEditor({ field, rule, onChange }: ValueEditorProps) {
  const { t } = useTranslation();
  const words = useWindowWords();
  const relative = asRelative(rule.value);
  return (
    <>
      <Select
        aria-label={t("filter.period")}
        value={relative ?? "day"}
        options={[
          ...OFFERED_WINDOWS.map((window) => ({ value: window, label: windowText(window, words) })),
          { value: "day", label: t("filter.day") },
        ]}
        onChange={(day) => onChange(day === "day" ? null : { relative: day })}
      />
      {!relative && <OneEditor field={field} value={rule.value} onChange={onChange} />}
    </>
  );
}

function RecordEditor({ field, rule, onChange }: ValueEditorProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const many = rule.operator === "in" || rule.operator === "notIn";
  const ids = (Array.isArray(rule.value) ? rule.value : [rule.value]).filter(
    (item) => typeof item === "string",
  );
  const [titles, setTitles] = useState<Record<string, string>>({});
  const me = isMe(rule.value);
  return (
    <>
      {field.type === "user" && !many && (
        <Checkbox
          checked={me}
          onChange={(event) => onChange(event.target.checked ? { me: true } : null)}
        >
          {t("filter.me")}
        </Checkbox>
      )}
      {!me && (
        <RecordPicker
          object={targetOf(field)}
          multiple={many}
          name={label(field.label)}
          value={ids.map((id) => ({ id, title: titles[id] ?? "" }))}
          onChange={(chosen) => {
            setTitles((before) => ({
              ...before,
              ...Object.fromEntries(chosen.map((item) => [item.id, item.title])),
            }));
            onChange(many ? chosen.map((item) => item.id) : (chosen[0]?.id ?? null));
          }}
        />
      )}
    </>
  );
}
