import { QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, test } from "vitest";
import { keys } from "~/api/queries";
import type { PageOf, RecordData } from "~/api/types";
import * as cache from "~/records/cache";

function row(id: string, version: number, more: Record<string, unknown> = {}): RecordData {
  return { id, version, name: id, ...more };
}

function page(rows: RecordData[], count: number | null = null): PageOf<RecordData> {
  return { data: rows, page: { next: null, count } };
}

let client: QueryClient;
const listKey = keys.list("lead", {});

beforeEach(() => {
  client = new QueryClient();
  client.setQueryData(listKey, {
    pages: [page([row("a", 1)]), page([row("b", 1)])],
    pageParams: [null, "x"],
  });
  client.setQueryData(keys.some("lead", {}), page([row("b", 1)], 7));
  client.setQueryData(keys.record("lead", "b"), row("b", 1, { phone: "1" }));
});

function names(): unknown[] {
  const list = client.getQueryData<{ pages: PageOf<RecordData>[] }>(listKey);
  return list?.pages.flatMap((part) => part.data.map((item) => item.name)) ?? [];
}

test("a patch reaches every list and the record itself", () => {
  cache.patchRecord(client, "lead", "b", { name: "new", version: 2 });
  expect(names()).toEqual(["a", "new"]);
  expect(client.getQueryData<PageOf<RecordData>>(keys.some("lead", {}))?.data[0]?.name).toBe("new");
  expect(client.getQueryData<RecordData>(keys.record("lead", "b"))).toMatchObject({
    name: "new",
    version: 2,
    phone: "1",
  });
});

test("a row keeps to the fields that it was asked for", () => {
  expect(cache.merged(row("a", 1), { version: 2, secret: "x", _can: ["edit"] })).toEqual(
    row("a", 2, { _can: ["edit"] }),
  );
});

test("an older version never overwrites a newer one", () => {
  expect(cache.merged(row("a", 3), { version: 2, name: "old" })).toEqual(row("a", 3));
});

test("pages without the record stay the same objects", () => {
  const before = client.getQueryData<{ pages: PageOf<RecordData>[] }>(listKey);
  cache.patchRecord(client, "lead", "b", { name: "new" });
  const after = client.getQueryData<{ pages: PageOf<RecordData>[] }>(listKey);
  expect(after?.pages[0]).toBe(before?.pages[0]);
  cache.patchRecord(client, "lead", "nobody", { name: "new" });
  expect(client.getQueryData(listKey)).toBe(after);
});

test("a record that is gone leaves lists, counts and its own page", () => {
  cache.dropRecord(client, "lead", "b");
  expect(names()).toEqual(["a"]);
  expect(client.getQueryData<PageOf<RecordData>>(keys.some("lead", {}))?.page.count).toBe(6);
  expect(client.getQueryData(keys.record("lead", "b"))).toBeUndefined();
});

test("the version known is found wherever the record is cached", () => {
  expect(cache.cachedVersion(client, "lead", "a")).toBe(1);
  expect(cache.cachedVersion(client, "lead", "b")).toBe(1);
  expect(cache.cachedVersion(client, "lead", "nobody")).toBeNull();
});
