import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useObjects, useSome } from "~/api/queries";
import type { Field, Group, Rule } from "~/api/types";
import { useWording } from "~/app/words";
import { targetOf } from "~/fields/values";
import { isGroup, type WindowWords, windowText } from "./filters";
import type { FilterWords } from "./words";

/** Words for chips, with the titles of the records that the filter names by id. */
export function useFilterWords(
  filter: Group | null,
  fields: Record<string, Field | undefined>,
): FilterWords {
  const { t } = useTranslation();
  const wording = useWording();
  const titles = useTitles(filter, fields);
  const windows = useWindowWords();
  return useMemo(
    () => ({
      wording,
      operator: (operator, type) => {
        if (type === "period" || type === "date" || type === "datetime") {
          return t(`filter.date.${operator as "in"}`, {
            defaultValue: t(`filter.operator.${operator}`),
          });
        }
        return t(`filter.operator.${operator}`);
      },
      relative: (key) => windowText(key, windows),
      me: t("filter.me"),
      several: (count) => t("filter.several", { count }),
      title: (_object, id) => titles[id],
    }),
    [wording, t, titles, windows],
  );
}

/** Titles by id, of one object per filter: more are rare, and show as their chip is opened. */
function useTitles(
  filter: Group | null,
  fields: Record<string, Field | undefined>,
): Record<string, string> {
  const named = references(filter, fields);
  const object = named[0]?.object ?? "";
  const ids = named.filter((item) => item.object === object).map((item) => item.id);
  const definition = useObjects(object ? [object] : [])[object];
  const title = definition?.title_field ?? "name";
  const query: Group = { combinator: "and", rules: [{ field: "id", operator: "in", value: ids }] };
  const found = useSome(
    object,
    { filter: query, fields: [title], limit: 100 },
    ids.length > 0 && Boolean(definition),
  );
  return useMemo(
    () =>
      Object.fromEntries(
        (ids.length > 0 ? (found.data?.data ?? []) : []).map((row) => [
          row.id,
          String(row[title] ?? ""),
        ]),
      ),
    [found.data, title, ids.length],
  );
}

function references(
  filter: Group | null,
  fields: Record<string, Field | undefined>,
): { object: string; id: string }[] {
  return (filter?.rules ?? []).flatMap((rule) => {
    if (isGroup(rule)) return references(rule, fields);
    const field = fields[rule.field];
    const object = field ? targetOf(field) : "";
    return object ? idsOf(rule).map((id) => ({ object, id })) : [];
  });
}

function idsOf(rule: Rule): string[] {
  const values = Array.isArray(rule.value) ? rule.value : [rule.value];
  return values.filter((value) => typeof value === "string");
}

/** How the reader's language says windows of days. */
export function useWindowWords(): WindowWords {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      named: (window) => t(`filter.relative.${window}`),
      days: (which, days) => t(`filter.days.${which}`, { days }),
    }),
    [t],
  );
}
