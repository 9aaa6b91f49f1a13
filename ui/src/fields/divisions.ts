/** Provinces, cities and districts by their codes, from the table that the server checks against. */
import { useQuery } from "@tanstack/react-query";
import type { Language } from "~/api/types";
import { provinces, sayNothing } from "~/i18n/locales/divisions";

export interface Division {
  value: string;
  label: string;
  children?: Division[];
}

export interface Divisions {
  names: ReadonlyMap<string, string>;
  /** Provinces with their cities, those with their districts. */
  tree: Division[];
}

/** An address as the API writes it. */
export interface Address {
  province?: string | null;
  city?: string | null;
  district?: string | null;
  detail?: string | null;
}

/** The table; undefined until it has arrived. It comes in a chunk of its own, once. */
export function useDivisions(): Divisions | undefined {
  return useQuery({ queryKey: ["divisions"], queryFn: load, staleTime: Number.POSITIVE_INFINITY })
    .data;
}

async function load(): Promise<Divisions> {
  const { default: table } = await import("../../../sanhuan/apps/system/divisions.csv?raw");
  return readDivisions(table);
}

/** Reads the table: `code,name,level,parent`, parents before their children. */
export function readDivisions(table: string): Divisions {
  const rows = table
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(","));
  const all = new Map<string, Division>();
  const tree: Division[] = [];
  for (const [value = "", label = "", , parent = ""] of rows) {
    const division: Division = { value, label };
    all.set(value, division);
    const above = all.get(parent);
    if (!above) tree.push(division);
    else above.children = [...(above.children ?? []), division];
  }
  return { names: new Map([...all].map(([value, { label }]) => [value, label])), tree };
}

/** An address in words: where it lies, then the detail. Without the table, the province at least. */
export function addressText(
  value: unknown,
  divisions: Divisions | undefined,
  language: Language,
): string {
  if (typeof value !== "object" || value === null) return String(value ?? "");
  const { province, city, district, detail } = value as Address;
  const codes = [province, city, district].filter((code) => typeof code === "string");
  const names = codes
    .map((code) => name(code, divisions, language))
    .filter((text) => text && !sayNothing.has(text));
  const place = names.join(language === "zh" ? "" : " ");
  return [place, detail].filter(Boolean).join(" ");
}

function name(code: string, divisions: Divisions | undefined, language: Language): string {
  const province = provinces[code];
  if (province && (language === "en" || !divisions)) return province[language];
  return divisions?.names.get(code) ?? "";
}
