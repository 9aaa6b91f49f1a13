import { useTranslation } from "react-i18next";
import type { ChoiceColour } from "~/api/types";
import { Tag } from "~/signs/signs";

const COLOURS = {
  waiting: "grey",
  checking: "blue",
  writing: "blue",
  done: "green",
  refused: "red",
  failed: "red",
  cancelled: "grey",
  undoing: "amber",
  undone: "grey",
} as const satisfies Record<string, ChoiceColour>;

type State = keyof typeof COLOURS;

/** The state of an import in words. */
export function StateTag({ state, checked = false }: { state: string; checked?: boolean }) {
  const { t } = useTranslation();
  const known = state in COLOURS ? (state as State) : null;
  if (checked && known === "done") return <Tag colour="green">{t("imports.state.checked")}</Tag>;
  return (
    <Tag colour={known ? COLOURS[known] : "grey"}>
      {known ? t(`imports.state.${known}`) : state}
    </Tag>
  );
}
