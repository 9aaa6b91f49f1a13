/** The records of a list, in one run or by group, as the items that a grid shows. */
import { useQueries } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type AggregateQuery, fetchList, useAggregate, useList } from "~/api/queries";
import type { Field, Group, Json, ObjectType, PageOf, RecordData } from "~/api/types";
import { isAddable, shownType } from "~/fields/values";
import { both } from "~/filters/filters";
import type { GridColumn } from "./columns";

export interface ListWanted {
  object: ObjectType;
  filter: Group | null;
  sort: string | null;
  q: string;
  columns: GridColumn[];
}

/** The fields that the rows of a list hold. */
export function wantedFields({ object, columns }: ListWanted, more: string[] = []): string[] {
  return [...new Set([object.title_field, ...columns.map((column) => column.name), ...more])];
}

export function useFlatList(wanted: ListWanted, enabled: boolean) {
  const fields = wantedFields(wanted);
  const query = { filter: wanted.filter, sort: wanted.sort, q: wanted.q, fields };
  const list = useList(wanted.object.name, query, enabled);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const reachEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const records = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  return { list, records, reachEnd };
}

export interface ListGroup {
  key: string;
  /** The value of the field by which it is grouped; null where it is empty. */
  value: unknown;
  count: number;
  sums: Record<string, string>;
  open: boolean;
  records: RecordData[];
  waiting: boolean;
  /** How many are not loaded. */
  rest: number;
}

const GROUP_BLOCK = 100;
const OPEN_AT_FIRST = 6;

/** Groups with counts and sums from the server, and the records of those that are open. */
export function useGroupedList(wanted: ListWanted, by: Field | undefined, enabled: boolean) {
  const { t } = useTranslation();
  const sums = sumColumns(wanted.columns);
  const query: AggregateQuery = {
    filter: wanted.filter,
    group_by: [by?.name ?? ""],
    measures: [
      { function: "count", as: "count" },
      ...sums.map((column) => ({
        function: "sum" as const,
        field: column.name,
        as: `sum_${column.name}`,
      })),
    ],
  };
  const answer = useAggregate(wanted.object.name, query, enabled && Boolean(by));
  const heads = useMemo(() => (by ? ordered(answer.data ?? [], by) : []), [answer.data, by]);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [blocks, setBlocks] = useState<Record<string, number>>({});
  const isOpen = (index: number, key: string) => index < OPEN_AT_FIRST !== toggled.has(key);
  const fields = wantedFields(wanted, by ? [by.name] : []);
  const results = useQueries({
    queries: heads.map((head, index) => {
      const key = keyOf(head[by?.name ?? ""]);
      const listQuery = {
        filter: both(wanted.filter, by ? groupFilter(by, head[by.name]) : null),
        sort: wanted.sort,
        fields,
        limit: Math.min(500, GROUP_BLOCK * (blocks[key] ?? 1)),
      };
      return {
        queryKey: ["some", wanted.object.name, listQuery],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          fetchList(wanted.object.name, listQuery, null, signal),
        enabled: enabled && isOpen(index, key),
        placeholderData: (before: PageOf<RecordData> | undefined) => before,
      };
    }),
  });
  const groups: ListGroup[] = heads.map((head, index) => {
    const value = head[by?.name ?? ""];
    const key = keyOf(value);
    const open = isOpen(index, key);
    const records = results[index]?.data?.data ?? [];
    const count = Number(head.count);
    return {
      key,
      value,
      count,
      sums: Object.fromEntries(
        sums.map((column) => [column.name, String(head[`sum_${column.name}`] ?? "")]),
      ),
      open,
      records: open ? records : [],
      waiting: open && !results[index]?.data,
      rest: open && results[index]?.data?.page.next ? count - records.length : 0,
    };
  });
  const toggle = (key: string) => {
    setToggled((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  };
  const more = (key: string) =>
    setBlocks((before) => ({ ...before, [key]: (before[key] ?? 1) + 1 }));
  return {
    groups,
    toggle,
    more,
    answer,
    moreLabel: (rest: number) => t("list.moreInGroup", { count: rest }),
  };
}

/** The columns whose sum says something: at most two, money first. */
export function sumColumns(columns: GridColumn[]): GridColumn[] {
  const numbers = columns.filter(
    (column) =>
      !column.name.includes(".") && shownType(column.field) === "money" && isAddable(column.field),
  );
  return numbers.slice(0, 2);
}

/** Fields whose values make sensible groups. */
export function isGroupable(field: Field): boolean {
  return (
    ["select", "user", "reference", "department", "boolean"].includes(shownType(field)) &&
    field.type !== "lookup"
  );
}

function groupFilter(by: Field, value: unknown): Group {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : value;
  const rule =
    id === null || id === undefined
      ? { field: by.name, operator: "null" as const }
      : { field: by.name, operator: "=" as const, value: id as Json };
  return { combinator: "and", rules: [rule] };
}

/** Choices in their own order, anything else by size; empty last. */
function ordered(rows: Record<string, unknown>[], by: Field): Record<string, unknown>[] {
  const place = (row: Record<string, unknown>) => {
    const value = row[by.name];
    if (value === null || value === undefined) return Number.MAX_SAFE_INTEGER;
    const at = by.choices?.findIndex((choice) => choice.key === value) ?? -1;
    return at >= 0 ? at : 1e6 - Number(row.count);
  };
  return [...rows].sort((one, other) => place(one) - place(other));
}

function keyOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "id" in value) return String(value.id);
  return String(value ?? "");
}
