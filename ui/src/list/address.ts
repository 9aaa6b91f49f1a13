/** A list's state as the address holds it, so that a link reproduces what one sees. Pure. */
import type { Group, View } from "~/api/types";
import { isEverything, sameFilter } from "~/filters/filters";

export interface ListState {
  view: string | null;
  /** null is the view's own. */
  filter: Group | null;
  /** null is the view's own. */
  sort: string | null;
  q: string;
  /** The record in the panel. */
  record: string | null;
}

export function readState(search: URLSearchParams): ListState {
  return {
    view: search.get("view"),
    filter: readFilter(search.get("filter")),
    sort: search.get("sort"),
    q: search.get("q") ?? "",
    record: search.get("record"),
  };
}

export function writeState(state: ListState): URLSearchParams {
  const search = new URLSearchParams();
  if (state.view) search.set("view", state.view);
  if (state.filter) search.set("filter", JSON.stringify(state.filter));
  if (state.sort !== null) search.set("sort", state.sort);
  if (state.q) search.set("q", state.q);
  if (state.record) search.set("record", state.record);
  return search;
}

/** The view that the state names, else the first; a filter alone stands on the view of all records. */
export function chosenView(views: View[], state: ListState): View | null {
  const named = views.find((view) => view.name === state.view);
  if (named) return named;
  const whole = state.filter ? views.find((view) => isEverything(view.filter)) : undefined;
  return whole ?? views[0] ?? null;
}

/** The filter and order in force: the state's, else the view's. */
export function inForce(
  view: View | null,
  state: ListState,
): { filter: Group | null; sort: string | null } {
  return {
    filter: state.filter ?? view?.filter ?? null,
    sort: state.sort ?? view?.sort ?? null,
  };
}

/** Whether the state shows something else than the view as saved. */
export function isChanged(view: View | null, state: ListState): boolean {
  const filterMoved = state.filter !== null && !sameFilter(state.filter, view?.filter ?? null);
  const sortMoved = state.sort !== null && state.sort !== (view?.sort ?? "");
  return filterMoved || sortMoved;
}

function readFilter(text: string | null): Group | null {
  if (!text) return null;
  try {
    const filter: unknown = JSON.parse(text);
    if (
      typeof filter !== "object" ||
      filter === null ||
      !("rules" in filter) ||
      !Array.isArray(filter.rules)
    )
      return null;
    return filter as Group;
  } catch {
    return null;
  }
}

/** The filter to keep in the address: nothing where it is the view's own. */
export function kept(filter: Group, view: View | null): Group | null {
  if (sameFilter(filter, view?.filter ?? null)) return null;
  return isEverything(filter) && isEverything(view?.filter) ? null : filter;
}
