/** Keeps cached lists and records right when one record changes. The patches are pure. */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { keys } from "~/api/queries";
import type { PageOf, RecordData } from "~/api/types";

type Pages = InfiniteData<PageOf<RecordData>>;

/** The page with `patch` laid over its record `id`; the same object where it has none. */
export function patchPage(
  page: PageOf<RecordData>,
  id: string,
  patch: Partial<RecordData>,
): PageOf<RecordData> {
  if (!page.data.some((row) => row.id === id)) return page;
  return { ...page, data: page.data.map((row) => (row.id === id ? merged(row, patch) : row)) };
}

/** The page without the record `id`, its count one less. */
export function dropFromPage(page: PageOf<RecordData>, id: string): PageOf<RecordData> {
  const data = page.data.filter((row) => row.id !== id);
  if (data.length === page.data.length) return page;
  const count = page.page.count === null ? null : Math.max(0, page.page.count - 1);
  return { data, page: { ...page.page, count } };
}

/** A row keeps to the fields that it was asked for, and never goes back to an older version. */
export function merged(row: RecordData, patch: Partial<RecordData>): RecordData {
  if (patch.version !== undefined && patch.version < row.version) return row;
  const known = Object.entries(patch).filter(([name]) => name in row || name.startsWith("_"));
  return { ...row, ...Object.fromEntries(known) };
}

export function mapPages(
  pages: Pages,
  change: (page: PageOf<RecordData>) => PageOf<RecordData>,
): Pages {
  const next = pages.pages.map(change);
  return next.every((page, index) => page === pages.pages[index])
    ? pages
    : { ...pages, pages: next };
}

/** Lays `patch` over the record wherever it is cached. */
export function patchRecord(
  client: QueryClient,
  object: string,
  id: string,
  patch: Partial<RecordData>,
): void {
  client.setQueriesData<Pages>(
    { queryKey: keys.lists(object) },
    (pages) => pages && mapPages(pages, (page) => patchPage(page, id, patch)),
  );
  client.setQueriesData<PageOf<RecordData>>(
    { queryKey: ["some", object] },
    (page) => page && patchPage(page, id, patch),
  );
  client.setQueryData<RecordData>(
    keys.record(object, id),
    (record) => record && merged(record, patch),
  );
}

/** Takes the record out of everything cached: it is gone, or out of sight. */
export function dropRecord(client: QueryClient, object: string, id: string): void {
  client.setQueriesData<Pages>(
    { queryKey: keys.lists(object) },
    (pages) => pages && mapPages(pages, (page) => dropFromPage(page, id)),
  );
  client.setQueriesData<PageOf<RecordData>>(
    { queryKey: ["some", object] },
    (page) => page && dropFromPage(page, id),
  );
  client.removeQueries({ queryKey: keys.record(object, id) });
}

/** The version of a record in any cached list or page; null when it is nowhere. */
export function cachedVersion(client: QueryClient, object: string, id: string): number | null {
  const record = client.getQueryData<RecordData>(keys.record(object, id));
  if (record) return record.version;
  for (const [, pages] of client.getQueriesData<Pages>({ queryKey: keys.lists(object) })) {
    const row = pages?.pages.flatMap((page) => page.data).find((item) => item.id === id);
    if (row) return row.version;
  }
  for (const [, page] of client.getQueriesData<PageOf<RecordData>>({
    queryKey: ["some", object],
  })) {
    const row = page?.data.find((item) => item.id === id);
    if (row) return row.version;
  }
  return null;
}

/** Asks anew for what a change of `object` may have moved: counts, sums, related lists. */
export function refreshDerived(client: QueryClient, object: string): void {
  for (const kind of ["count", "aggregate", "some"]) {
    void client.invalidateQueries({ queryKey: [kind, object] });
  }
}
