import { expect, test } from "vitest";
import type { Me } from "~/api/types";
import { moved } from "~/list/moves";
import { safePath } from "~/pages/next";
import { homeItem, isChosen, menuParts, pageOf, pathOf } from "~/shell/menu";

const item = (page: string) => ({ page, label: { zh: page } });
const menu: Me["menu"] = [
  { app: "system", label: { zh: "工作台" }, items: [item("system.tasks"), item("system.people")] },
  { app: "sales", label: { zh: "销售" }, items: [item("lead.list"), item("sales.dashboard")] },
];

test("lists have the address of their object, other pages their name", () => {
  expect(pathOf("lead.list")).toBe("/records/lead");
  expect(pathOf("sales.dashboard")).toBe("/pages/sales.dashboard");
});

test("the workspace's own app frames the others", () => {
  const parts = menuParts(menu);
  expect(parts.first.map((one) => one.page)).toEqual(["system.tasks"]);
  expect(parts.groups.map((group) => group.app)).toEqual(["sales"]);
  expect(parts.last.map((one) => one.page)).toEqual(["system.people"]);
});

test("one lands on the first page that is no list", () => {
  expect(homeItem(menu)?.page).toBe("sales.dashboard");
  expect(homeItem(menu.slice(0, 1))?.page).toBe("system.tasks");
  expect(homeItem([])).toBeNull();
});

test("a page is found by its name within its app", () => {
  expect(pageOf(menu, "tasks")).toBe("system.tasks");
  expect(pageOf(menu, "imports")).toBe("imports");
});

test("a record belongs to its list in the menu", () => {
  expect(isChosen("lead.list", "/records/lead/1")).toBe(true);
  expect(isChosen("lead.list", "/records/leads")).toBe(false);
});

test.each([
  ["/records/lead?view=x", "/records/lead?view=x"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  [null, "/"],
])("after signing in %s leads to %s", (next, path) => {
  expect(safePath(next)).toBe(path);
});

test("keys move the active cell within the grid", () => {
  const items = [{ kind: "record" }, { kind: "record" }, { kind: "record" }];
  const at = { row: 1, column: 1 };
  expect(moved(at, "ArrowDown", items, 3)).toEqual({ row: 2, column: 1 });
  expect(moved(at, "Tab", items, 2)).toEqual({ row: 2, column: 0 });
  expect(moved({ row: 0, column: 0 }, "ArrowUp", items, 3)).toEqual({ row: 0, column: 0 });
  expect(moved(at, "q", items, 3)).toBe(at);
});
