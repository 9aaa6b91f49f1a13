/** The filter as chips in words, each opened to be changed, and one to add. */
import { Button, Popover } from "antd";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Group, Rule } from "~/api/types";
import { chipsOf, fieldsOf, fromChips, isGroup } from "./filters";
import styles from "./filters.module.css";
import { RuleEditor } from "./RuleEditor";
import { useFilterWords } from "./useFilterWords";
import { chipWords, type FilterWords } from "./words";

interface FilterChipsProps {
  filter: Group | null;
  /** The fields that can be filtered by, in the order offered. */
  fields: Field[];
  /** Finds the field of a name or path. */
  fieldAt: (path: string) => Field | undefined;
  onChange: (filter: Group) => void;
}

export function FilterChips({ filter, fields, fieldAt, onChange }: FilterChipsProps) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const chips = chipsOf(filter);
  const known = Object.fromEntries(fieldsOf(filter).map((path) => [path, fieldAt(path)]));
  const words = useFilterWords(filter, known);
  const replace = (index: number, next: Rule | Group | null) =>
    onChange(
      fromChips(chips.flatMap((chip, at) => (at === index ? (next ? [next] : []) : [chip]))),
    );
  return (
    <ul className={styles.chips} aria-label={t("filter.title")}>
      {chips.map((chip, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same condition may stand twice.
        <li key={index}>
          {isGroup(chip) ? (
            <GroupChip
              group={chip}
              known={known}
              words={words}
              onRemove={() => replace(index, null)}
            />
          ) : (
            <RuleChip
              rule={chip}
              field={known[chip.field]}
              fields={fields}
              words={words}
              onChange={(rule) => replace(index, rule)}
            />
          )}
        </li>
      ))}
      <li>
        <Popover
          open={adding}
          onOpenChange={setAdding}
          trigger="click"
          placement="bottomLeft"
          destroyOnHidden
          content={
            <RuleEditor
              fields={fields}
              onDone={(rule) => {
                setAdding(false);
                onChange(fromChips([...chips, rule]));
              }}
            />
          }
        >
          <Button type="text" size="small" icon={<Plus size={14} aria-hidden />}>
            {t("filter.add")}
          </Button>
        </Popover>
      </li>
    </ul>
  );
}

interface RuleChipProps {
  rule: Rule;
  field: Field | undefined;
  fields: Field[];
  words: FilterWords;
  onChange: (rule: Rule | null) => void;
}

function RuleChip({ rule, field, fields, words, onChange }: RuleChipProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const said = chipWords(rule, field, words);
  return (
    <span className={`${styles.chip} ${open ? styles.open : ""}`}>
      <Popover
        open={open}
        onOpenChange={setOpen}
        trigger="click"
        placement="bottomLeft"
        destroyOnHidden
        content={
          <RuleEditor
            rule={rule}
            fields={fields}
            onDone={(next) => {
              setOpen(false);
              onChange(next);
            }}
          />
        }
      >
        <button type="button" className={styles.words} disabled={!field}>
          <span className={styles.field}>{said.field}</span>
          <span className={styles.operator}>{said.operator}</span>
          {said.value && <span className={styles.value}>{said.value}</span>}
        </button>
      </Popover>
      <button
        type="button"
        className={styles.remove}
        aria-label={t("filter.remove", { field: said.field })}
        onClick={() => onChange(null)}
      >
        <X size={12} strokeWidth={2} aria-hidden />
      </button>
    </span>
  );
}

interface GroupChipProps {
  group: Group;
  known: Record<string, Field | undefined>;
  words: FilterWords;
  onRemove: () => void;
}

/** A nested group, said in one chip; it is changed by taking it away. */
function GroupChip({ group, known, words, onRemove }: GroupChipProps) {
  const { t } = useTranslation();
  const parts = group.rules.map((rule) => {
    if (isGroup(rule)) return "\u2026";
    const said = chipWords(rule, known[rule.field], words);
    return `${said.field} ${said.operator} ${said.value}`.trim();
  });
  const name = t(
    group.not ? "filter.noneOf" : group.combinator === "or" ? "filter.anyOf" : "filter.allOf",
  );
  return (
    <span className={styles.chip}>
      <span className={styles.words} title={parts.join("\n")}>
        <span className={styles.field}>{name}</span>
        <span className={styles.value}>
          {parts.join(t(group.combinator === "or" ? "filter.or" : "filter.and"))}
        </span>
      </span>
      <button
        type="button"
        className={styles.remove}
        aria-label={t("filter.remove", { field: name })}
        onClick={onRemove}
      >
        <X size={12} strokeWidth={2} aria-hidden />
      </button>
    </span>
  );
}
