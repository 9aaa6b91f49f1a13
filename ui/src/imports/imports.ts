/** What the server says of imports, and how they are asked for. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, type ProblemError, post, request } from "~/api/client";
import type { FieldProblem, Label } from "~/api/types";

/** A cell that is none of a field's choices, in how many rows it stands, and what it is taken for. */
export interface UnknownChoice {
  value: string;
  rows: number;
  choice: string | null;
}

export interface SheetColumn {
  name: string;
  samples: string[];
  /** The field that the column is taken as; null when none. */
  field: string | null;
  warnings?: { code: string; message: Label }[];
  /** For columns of choices. */
  choices?: UnknownChoice[];
}

export interface PreviewRow {
  index: number;
  values: Record<string, unknown>;
  errors: FieldProblem[];
}

export interface Preview {
  encoding: string | null;
  sheet: string | null;
  columns: SheetColumn[];
  rows: number;
  preview: PreviewRow[];
  /** Whether the mapping is the one of last time. */
  remembered?: boolean;
  /** The fields that may be filled, by API name. */
  fields?: string[];
  /** The fields by which records can be found again. */
  keys?: string[];
}

/** What a column is taken as; `values` says what its cells mean where they are no choices. */
export interface Column {
  field: string | null;
  values: Record<string, string>;
}

/** By name of the column. */
export type Mapping = Record<string, Column>;

/** `each` refuses bad rows alone, `all` refuses everything with one, `check` writes nothing. */
export type ImportMode = "each" | "all" | "check";

export interface ImportOrder {
  file: File;
  object: string;
  mapping: Mapping;
  mode: ImportMode;
  /** The unique field by which records are found again and updated; null makes all rows new. */
  key: string | null;
}

export interface RefusedRow {
  index: number;
  line?: number;
  errors: FieldProblem[];
}

/** What an undo did, and what it left because it was changed since. */
export interface Undone {
  removed: number;
  put_back: number;
  restored: number;
  left_count: number;
}

/** One import, as its state answers. */
export interface Import {
  id: string;
  object: string;
  file: string;
  mode: ImportMode;
  state: string;
  rows: number | null;
  progress: { phase: "check" | "write"; done: number; total: number | null };
  counts: Record<"created" | "updated" | "unchanged" | "refused", number> & {
    total: number | null;
  };
  /** The first of them; absent in the list of imports. */
  refused?: RefusedRow[];
  failure?: { message?: Label | string } | null;
  created_at: string;
  undo?: Undone | null;
}

const POLL_MS = 700;
const ENDED = new Set(["done", "refused", "failed", "cancelled", "undone"]);
/** From these states an import can be taken back. */
const UNDOABLE = new Set(["done", "cancelled", "failed"]);

export function isEnded(item: Import | undefined): boolean {
  return item !== undefined && ENDED.has(item.state);
}

export function isUndoable(item: Import): boolean {
  return (
    item.mode !== "check" &&
    UNDOABLE.has(item.state) &&
    item.counts.created + item.counts.updated > 0
  );
}

/** How far an import is, from 0 to 1. */
export function share(item: Import): number {
  const { done, total } = item.progress;
  if (isEnded(item)) return 1;
  return total ? Math.min(1, done / total) : 0;
}

/** The columns of a mapping that are taken, by the field that they go into. */
export function takenFields(mapping: Mapping): string[] {
  return Object.values(mapping).flatMap((column) => column.field ?? []);
}

/** The mapping that a preview suggests. */
export function suggested(preview: Preview): Mapping {
  return Object.fromEntries(
    preview.columns.map((column) => {
      const known = (column.choices ?? []).flatMap((one) =>
        one.choice ? [[one.value, one.choice] as const] : [],
      );
      return [column.name, { field: column.field, values: Object.fromEntries(known) }];
    }),
  );
}

/** The cells of a column that stand for no choice yet. */
export function unsettled(column: SheetColumn, mapping: Mapping): UnknownChoice[] {
  const said = mapping[column.name]?.values ?? {};
  return (column.choices ?? []).filter((one) => !(said[one.value] ?? one.choice));
}

export function fetchPreview(
  file: File,
  object: string,
  mapping: Mapping | null,
  key: string | null,
): Promise<Preview> {
  const form = new FormData();
  form.append("file", file);
  form.append("object", object);
  if (mapping) form.append("mapping", JSON.stringify(mapping));
  if (key) form.append("key", key);
  return post<Preview>("/imports/preview", form);
}

export async function startImport(order: ImportOrder, idempotencyKey: string): Promise<string> {
  const form = new FormData();
  form.append("file", order.file);
  form.append("object", order.object);
  form.append("mapping", JSON.stringify(order.mapping));
  form.append("mode", order.mode);
  if (order.key) form.append("key", order.key);
  return (await post<{ id: string }>("/imports", form, { idempotencyKey })).id;
}

/** One import, asked for again until it has ended. */
export function useImport(id: string | null) {
  return useQuery<Import, ProblemError>({
    queryKey: ["import", id],
    queryFn: () => get<Import>(`/imports/${id}`),
    enabled: id !== null,
    refetchInterval: ({ state }) => (isEnded(state.data) ? false : POLL_MS),
    staleTime: 0,
  });
}

export function useImports() {
  return useQuery<Import[], ProblemError>({
    queryKey: ["imports"],
    queryFn: async () => (await get<{ data: Import[] }>("/imports")).data,
    staleTime: 0,
  });
}

/** Takes an import back, or stops one that runs. */
export function useImportActs(id: string) {
  const client = useQueryClient();
  const onSettled = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["import", id] }),
      client.invalidateQueries({ queryKey: ["imports"] }),
      client.invalidateQueries({ queryKey: ["list"] }),
    ]);
  const undo = useMutation<unknown, ProblemError>({
    mutationFn: () => post(`/imports/${id}/undo`),
    onSettled,
  });
  const cancel = useMutation<unknown, ProblemError>({
    mutationFn: () => request("DELETE", `/imports/${id}`),
    onSettled,
  });
  return { undo, cancel };
}
