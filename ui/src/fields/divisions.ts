import type { Language } from "~/api/types";
import { language } from "~/i18n";
import { provinces } from "~/i18n/locales/divisions";

/** The name of a province by its code; "" where the code is unknown. */
export function provinceName(code: unknown, lang: Language = language()): string {
  return provinces[String(code)]?.[lang] ?? "";
}

export function provinceOptions(lang: Language): { value: string; label: string }[] {
  return Object.entries(provinces).map(([value, name]) => ({ value, label: name[lang] }));
}
