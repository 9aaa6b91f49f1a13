/** What the server says of imports, and how they are asked for. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, type ProblemError, post, request } from "~/api/client";
import type { FieldProblem, Reference } from "~/api/types";

export interface SheetColumn {
  name: string;
  samples: string[];
  /** The field that the column looks like; null when none. */
  field: string | null;
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
}

/** Column names to API names; null leaves the column out. */
export type Mapping = Record<string, string | null>;

export type ImportMode = "create" | "upsert" | "update";

export interface ImportOrder {
  file: File;
  object: string;
  mapping: Mapping;
  mode: ImportMode;
  /** The field by which records are found again, for `upsert` and `update`. */
  key: string | null;
}

export interface RefusedRow {
  index: number;
  errors: FieldProblem[];
}

/** One import, as its state answers. */
export interface Import {
  id: string;
  object?: string;
  file?: string;
  name?: string;
  state: string;
  progress?: number | { done: number; total: number };
  counts?: Partial<Record<"created" | "updated" | "refused" | "unchanged" | "total", number>>;
  refused?: RefusedRow[] | number;
  created_at?: string;
  created_by?: Reference | null;
  /** After undoing: the records that were changed since and are left. */
  kept?: Reference[];
}

const POLL_MS = 700;
const ENDED = new Set(["done", "failed", "cancelled", "undone", "finished"]);

export function isEnded(item: Import | undefined): boolean {
  return item !== undefined && ENDED.has(item.state);
}

/** How far an import is, from 0 to 1. */
export function share(item: Import | undefined): number {
  if (!item) return 0;
  const { progress } = item;
  if (typeof progress === "number") return Math.min(1, progress > 1 ? progress / 100 : progress);
  if (progress && progress.total > 0) return progress.done / progress.total;
  return isEnded(item) ? 1 : 0;
}

export function refusedRows(item: Import): RefusedRow[] {
  return Array.isArray(item.refused) ? item.refused : [];
}

export function fetchPreview(
  file: File,
  object: string,
  mapping: Mapping | null,
): Promise<Preview> {
  const form = new FormData();
  form.append("file", file);
  form.append("object", object);
  if (mapping) form.append("mapping", JSON.stringify(mapping));
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
  const undo = useMutation<Import, ProblemError>({
    mutationFn: () => post<Import>(`/imports/${id}/undo`),
    onSettled,
  });
  const cancel = useMutation<unknown, ProblemError>({
    mutationFn: () => request("DELETE", `/imports/${id}`),
    onSettled,
  });
  return { undo, cancel };
}
