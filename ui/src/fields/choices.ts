import type { Choice, Field } from "~/api/types";

/** The choices that a record may move to from `current`: all that are shown, or the ways that its states leave open. */
export function openChoices(field: Field, current: string | null | undefined): Choice[] {
  const shown = (field.choices ?? []).filter((choice) => !choice.hidden || choice.key === current);
  if (!field.transitions) return shown;
  const from = current ?? null;
  const ways = field.transitions
    .filter((way) => (way.from ?? null) === from)
    .flatMap((way) => way.to);
  return shown.filter((choice) => choice.key === current || ways.includes(choice.key));
}
