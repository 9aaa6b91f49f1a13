/** Hooks that give components the words, formats and present of the reader. */
import { useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useWorkspace } from "~/api/queries";
import type { Label, Language } from "~/api/types";
import type { Wording } from "~/fields/values";
import { labelText } from "~/i18n/label";

const TICK_MS = 30_000;
const DEFAULT_ZONE = "Asia/Shanghai";

let now = new Date();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function listen(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present, moving on every half minute. */
export function useNow(): Date {
  return useSyncExternalStore(listen, () => now);
}

export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return i18n.language === "en" ? "en" : "zh";
}

/** Turns a label of the server into the reader's language. */
export function useLabel(): (label: Label | string | null | undefined) => string {
  const language = useLanguage();
  return useMemo(() => (label) => labelText(label, language), [language]);
}

/** Everything that turning values into words needs. */
export function useWording(): Wording {
  const { t } = useTranslation();
  const language = useLanguage();
  const present = useNow();
  const workspace = useWorkspace().data;
  const zone = workspace?.zone ?? DEFAULT_ZONE;
  const currency = workspace?.currency ?? "CNY";
  return useMemo(
    () => ({ language, now: present, zone, currency, yes: t("value.yes"), no: t("value.no") }),
    [language, present, zone, currency, t],
  );
}
