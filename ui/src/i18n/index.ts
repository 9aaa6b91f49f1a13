import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { speak } from "~/api/client";
import type { Language } from "~/api/types";
import en from "./locales/en.json";
import zh from "./locales/zh.json";

const STORED = "sanhuan.language";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof zh };
    returnNull: false;
  }
}

/** Starts the texts in the language that this browser chose last, else in Chinese. */
export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { zh: { translation: zh }, en: { translation: en } },
    lng: storedLanguage() ?? "zh",
    fallbackLng: "zh",
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  // `{{object, lowercase}}`: a name inside an English sentence.
  i18next.services.formatter?.add("lowercase", (value) => String(value).toLowerCase());
  settle(language());
}

export function language(): Language {
  return i18next.language === "en" ? "en" : "zh";
}

/** The language chosen in this browser; null when none was. */
export function storedLanguage(): Language | null {
  const stored = localStorage.getItem(STORED);
  return stored === "zh" || stored === "en" ? stored : null;
}

export async function changeLanguage(next: Language): Promise<void> {
  localStorage.setItem(STORED, next);
  await i18next.changeLanguage(next);
  settle(next);
}

function settle(next: Language): void {
  speak(next);
  dayjs.locale(next === "zh" ? "zh-cn" : "en");
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}
