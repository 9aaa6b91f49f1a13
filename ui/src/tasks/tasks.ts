import { useCount, useMe } from "~/api/queries";
import type { Group } from "~/api/types";

export const TASK = "task";

/** What is still to do for the reader. */
export const MY_OPEN_TASKS: Group = {
  combinator: "and",
  rules: [
    { field: "assignee", operator: "=", value: { me: true } },
    { field: "state", operator: "=", value: "open" },
  ],
};

/** How many tasks the reader has open; null while unknown. */
export function useOpenTasks(): number | null {
  const sees = useMe().data?.objects[TASK]?.acts.includes("see") ?? false;
  return useCount(TASK, MY_OPEN_TASKS, sees).data ?? null;
}
