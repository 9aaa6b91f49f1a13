import { useTranslation } from "react-i18next";
import type { ChoiceColour } from "~/api/types";
import { Tag } from "~/signs/signs";

const COLOURS = {
  waiting: "grey",
  checking: "blue",
  running: "blue",
  done: "green",
  failed: "red",
  cancelled: "grey",
  undone: "grey",
  undoing: "amber",
} as const satisfies Record<string, ChoiceColour>;

type State = keyof typeof COLOURS;

/** The state of an import in words. */
export function StateTag({ state }: { state: string }) {
  const { t } = useTranslation();
  const known = state in COLOURS ? (state as State) : null;
  return (
    <Tag colour={known ? COLOURS[known] : "grey"}>
      {known ? t(`imports.state.${known}`) : state}
    </Tag>
  );
}
