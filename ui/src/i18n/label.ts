import type { Label, Language } from "~/api/types";

/** The text of a label from the server in the given language; English falls back to Chinese. */
export function labelText(label: Label | string | null | undefined, language: Language): string {
  if (!label) return "";
  if (typeof label === "string") return label;
  return language === "en" ? label.en || label.zh : label.zh;
}
