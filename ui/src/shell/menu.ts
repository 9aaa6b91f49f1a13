/** Where the entries of the menu lead, and which of them an address belongs to. Pure. */
import type { Me, MenuItem } from "~/api/types";

/** The app whose entries frame the others: its tasks come first, the rest last. */
const FRAME_APP = "system";

/** Whether a page, by its name within any app, is the inbox. */
export function isTasks(page: string): boolean {
  return page.split(".").at(-1) === "tasks";
}

/** The page of that name within its app: `imports` for `system.imports`. */
export function pageOf(menu: Me["menu"], name: string): string {
  const items = menu.flatMap((app) => app.items);
  return items.find((item) => item.page.split(".").at(-1) === name)?.page ?? name;
}

/** Whether the entry leads to the list of an object. */
export function listedObject(page: string): string | null {
  const [object = "", kind, ...rest] = page.split(".");
  return kind === "list" && rest.length === 0 ? object : null;
}

export interface MenuGroup {
  app: string;
  label: MenuItem["label"];
  icon: string | null;
  items: MenuItem[];
}

/** The menu in the three parts of the navigation. */
export interface MenuParts {
  first: MenuItem[];
  groups: MenuGroup[];
  last: MenuItem[];
}

export function pathOf(page: string): string {
  const object = listedObject(page);
  return object ? `/records/${object}` : `/pages/${page}`;
}

export function menuParts(menu: Me["menu"]): MenuParts {
  const frame = menu.find((app) => app.app === FRAME_APP)?.items ?? [];
  return {
    first: frame.filter((item) => isTasks(item.page)),
    groups: menu
      .filter((app) => app.app !== FRAME_APP && app.items.length > 0)
      .map((app) => ({ app: app.app, label: app.label, icon: app.icon ?? null, items: app.items })),
    last: frame.filter((item) => !isTasks(item.page)),
  };
}

/** Where one lands after signing in: the first page of an app that is no list, else the first entry at all. */
export function homeItem(menu: Me["menu"]): MenuItem | null {
  const parts = menuParts(menu);
  const items = [...parts.groups.flatMap((group) => group.items), ...parts.first, ...parts.last];
  return items.find((item) => !listedObject(item.page)) ?? items[0] ?? null;
}

/** Whether the entry is the one that a path belongs to; records belong to their list. */
export function isChosen(page: string, pathname: string): boolean {
  const path = pathOf(page);
  return pathname === path || pathname.startsWith(`${path}/`);
}
