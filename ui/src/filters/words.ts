/** A condition in words, for its chip. Pure. */
import type { Field, Json, Rule } from "~/api/types";
import { choiceOf, isReference, shownType, valueText, type Wording } from "~/fields/values";
import { labelText } from "~/i18n/label";
import { units } from "~/i18n/locales/units";
import { asRelative, isMe } from "./filters";

/** The words that depend on the language, and the titles of records that values name by id. */
export interface FilterWords {
  wording: Wording;
  operator: (operator: Rule["operator"], type: string) => string;
  relative: (day: string) => string;
  me: string;
  /** "3 values", for lists too long to spell out. */
  several: (count: number) => string;
  title: (object: string, id: string) => string | undefined;
}

/** The three parts of a chip: field, operator, value ("" where the operator takes none). */
export interface ChipWords {
  field: string;
  operator: string;
  value: string;
}

const SPELLED_OUT = 2;

export function chipWords(rule: Rule, field: Field | undefined, words: FilterWords): ChipWords {
  const type = field ? shownType(field) : "text";
  const inside =
    (type === "date" || type === "datetime") && rule.operator === "=" && asRelative(rule.value);
  return {
    field: field ? labelText(field.label, words.wording.language) : rule.field,
    operator: words.operator(inside ? "in" : rule.operator, inside ? "period" : type),
    value: field ? ruleValue(rule, field, words) : String(rule.value ?? ""),
  };
}

function ruleValue(rule: Rule, field: Field, words: FilterWords): string {
  if (rule.operator === "null" || rule.operator === "notNull") return "";
  if (!Array.isArray(rule.value)) return oneValue(rule.value, field, words);
  if (rule.operator === "between") {
    return rule.value.map((item) => oneValue(item, field, words)).join(" – ");
  }
  if (rule.value.length > SPELLED_OUT) return words.several(rule.value.length);
  return rule.value
    .map((item) => oneValue(item, field, words))
    .join(units[words.wording.language].comma);
}

function oneValue(value: Json | undefined, field: Field, words: FilterWords): string {
  const relative = asRelative(value);
  if (relative) return words.relative(relative);
  if (isMe(value)) return words.me;
  if (choiceOf(field, value))
    return labelText(choiceOf(field, value)?.label, words.wording.language);
  if ((isReference(field) || field.type === "references") && typeof value === "string") {
    return words.title(field.object ?? field.type, value) ?? "\u2026";
  }
  return valueText(field, value, words.wording);
}
