/** What the UI asks the server for, by the key that it is cached under. */
import {
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useQueries,
  useQuery,
} from "@tanstack/react-query";
import { lookedUp, withLookups } from "~/fields/lookups";
import { get, type ProblemError, post, type Query } from "./client";
import type {
  Group,
  Me,
  ObjectType,
  Page,
  PageOf,
  RecordData,
  TimelineEntry,
  Workspace,
} from "./types";

const LIST_LIMIT = 100;
/** From this length on a filter goes into a body instead of the address. */
const LONGEST_FILTER = 1500;

/** Which records of an object, in which order, with which fields. */
export interface ListQuery {
  filter?: Group | null;
  sort?: string | null;
  fields?: string[];
  q?: string;
  limit?: number;
  count?: "none" | "capped" | "exact";
}

export interface Measure {
  function: "count" | "sum" | "avg" | "min" | "max" | "count_distinct";
  field?: string;
  as: string;
}

export interface AggregateQuery {
  filter?: Group | null;
  group_by: string[];
  measures: Measure[];
  sort?: string;
  limit?: number;
}

export const keys = {
  workspace: ["workspace"] as const,
  me: ["me"] as const,
  object: (name: string) => ["object", name] as const,
  page: (name: string) => ["page", name] as const,
  lists: (object: string) => ["list", object] as const,
  list: (object: string, query: ListQuery) => ["list", object, query] as const,
  some: (object: string, query: ListQuery) => ["some", object, query] as const,
  count: (object: string, filter: Group | null) => ["count", object, filter] as const,
  aggregate: (object: string, query: AggregateQuery) => ["aggregate", object, query] as const,
  record: (object: string, id: string) => ["record", object, id] as const,
  timeline: (object: string, id: string) => ["timeline", object, id] as const,
};

/** Definitions change by publishing only, and then the stream says so. */
const DEFINITION = { staleTime: Number.POSITIVE_INFINITY } as const;

export function useWorkspace() {
  return useQuery({
    queryKey: keys.workspace,
    queryFn: () => get<Workspace>("/workspace"),
    ...DEFINITION,
  });
}

export function useMe() {
  return useQuery({ queryKey: keys.me, queryFn: () => get<Me>("/me"), staleTime: 300_000 });
}

/** How an object's definition is asked for: its lookups shown as the fields that they end at. */
function askObject(name: string) {
  return {
    queryKey: keys.object(name),
    queryFn: async ({ client }: { client: QueryClient }) => {
      const object = await client.fetchQuery(askDefinition(name));
      const others = await Promise.all(
        lookedUp(object).map((other) => ownOrNothing(client, other)),
      );
      return withLookups(
        object,
        Object.fromEntries(others.flatMap((other) => (other ? [[other.name, other]] : []))),
      );
    },
    ...DEFINITION,
  };
}

function askDefinition(name: string) {
  return {
    queryKey: ["definition", name],
    queryFn: () => get<ObjectType>(`/objects/${name}`),
    ...DEFINITION,
  };
}

/** An object that the asker may not know leaves its lookups as plain text. */
async function ownOrNothing(client: QueryClient, name: string): Promise<ObjectType | null> {
  try {
    return await client.fetchQuery(askDefinition(name));
  } catch {
    return null;
  }
}

export function useObject(name: string | null | undefined) {
  return useQuery<ObjectType, ProblemError>({ ...askObject(name ?? ""), enabled: Boolean(name) });
}

/** Definitions of several objects, by name; those still on their way are absent. */
export function useObjects(names: string[]): Record<string, ObjectType> {
  return useQueries({
    queries: names.map(askObject),
    combine: (results) =>
      Object.fromEntries(results.flatMap(({ data }) => (data ? [[data.name, data] as const] : []))),
  });
}

export function usePage(name: string, fallback?: Page) {
  return useQuery<Page, ProblemError>({
    queryKey: keys.page(name),
    queryFn: () => pageOr(name, fallback),
    ...DEFINITION,
  });
}

async function pageOr(name: string, fallback?: Page): Promise<Page> {
  try {
    return await get<Page>(`/pages/${name}`);
  } catch (error) {
    if (fallback && (error as ProblemError).status === 404) return fallback;
    throw error;
  }
}

/** A list in blocks, one after the other by the server's cursor. */
export function useList(object: string, query: ListQuery, enabled = true) {
  return useInfiniteQuery<PageOf<RecordData>, ProblemError>({
    queryKey: keys.list(object, query),
    queryFn: ({ pageParam, signal }) =>
      fetchList(object, query, pageParam as string | null, signal),
    initialPageParam: null,
    getNextPageParam: (last) => last.page.next,
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** The first records of a list, for related lists and pickers. */
export function useSome(object: string, query: ListQuery, enabled = true) {
  return useQuery<PageOf<RecordData>, ProblemError>({
    queryKey: keys.some(object, query),
    queryFn: ({ signal }) => fetchList(object, query, null, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** How many records a filter leaves, counted to 1,001. */
export function useCount(object: string, filter: Group | null, enabled = true) {
  return useQuery<number | null, ProblemError>({
    queryKey: keys.count(object, filter),
    queryFn: async ({ signal }) => {
      const answer = await fetchList(
        object,
        { filter, fields: [], limit: 1, count: "capped" },
        null,
        signal,
      );
      return answer.page.count;
    },
    enabled,
    staleTime: 30_000,
  });
}

export function useAggregate(object: string, query: AggregateQuery, enabled = true) {
  return useQuery<Record<string, unknown>[], ProblemError>({
    queryKey: keys.aggregate(object, query),
    queryFn: async ({ signal }) => {
      const body = { ...query, filter: query.filter ?? undefined };
      const answer = await post<{ data: Record<string, unknown>[] }>(
        `/records/${object}/aggregate`,
        body,
        { signal },
      );
      return answer.data;
    },
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useRecord(object: string, id: string | null | undefined) {
  return useQuery<RecordData, ProblemError>({
    queryKey: keys.record(object, id ?? ""),
    queryFn: ({ signal }) => get<RecordData>(`/records/${object}/${id}`, undefined, signal),
    enabled: Boolean(object && id),
  });
}

export function useTimeline(object: string, id: string) {
  return useInfiniteQuery<PageOf<TimelineEntry>, ProblemError>({
    queryKey: keys.timeline(object, id),
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<TimelineEntry>>(
        `/records/${object}/${id}/timeline`,
        { after: pageParam as string | null, limit: 50 },
        signal,
      ),
    initialPageParam: null,
    getNextPageParam: (last) => last.page?.next ?? null,
  });
}

export async function fetchList(
  object: string,
  query: ListQuery,
  after: string | null,
  signal?: AbortSignal,
): Promise<PageOf<RecordData>> {
  const filter = query.filter && query.filter.rules.length > 0 ? query.filter : null;
  const written = filter ? JSON.stringify(filter) : null;
  // Editing in place needs the version; an answer with chosen fields has it only when asked.
  const fields = query.fields && ["version", ...query.fields.filter(Boolean)];
  const rest = {
    sort: query.sort,
    limit: query.limit ?? LIST_LIMIT,
    after,
    count: query.count,
    q: query.q,
  };
  if (written && written.length > LONGEST_FILTER) {
    const body = Object.fromEntries(
      Object.entries({ ...rest, filter, fields }).filter(([, value]) => value),
    );
    return post<PageOf<RecordData>>(`/records/${object}/query`, body, { signal });
  }
  const address: Query = { ...rest, filter: written, fields: fields?.join(",") };
  return get<PageOf<RecordData>>(`/records/${object}`, address, signal);
}
