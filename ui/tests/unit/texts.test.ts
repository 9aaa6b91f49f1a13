import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "~/i18n/locales/en.json";
import zh from "~/i18n/locales/zh.json";

type Texts = { [key: string]: string | Texts };

function flat(texts: Texts, prefix = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === "string"
      ? [[prefix + key, text] as [string, string]]
      : flat(text, `${prefix}${key}.`),
  );
}

const chinese = new Map(flat(zh));
const english = new Map(flat(en));
const root = new URL("../../", import.meta.url).pathname;
const sources = globSync("src/**/*.{ts,tsx}", { cwd: root }).map(
  (path) => [path, readFileSync(root + path, "utf-8")] as const,
);

test("both languages have the same texts", () => {
  expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
});

test("both languages fill in the same values", () => {
  const values = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]);
  for (const [key, text] of chinese) {
    const other = values(english.get(key) ?? "");
    for (const name of other) {
      // A count may pick the words even where the figure shown is another.
      expect([...values(text), "count", "shown"], key).toContain(name);
    }
  }
});

test("no text is empty, and none shouts", () => {
  for (const [key, text] of [...chinese, ...english]) {
    expect(text.trim(), key).not.toBe("");
    expect(text, key).not.toMatch(/[!！]/);
  }
});

test("no Chinese stands outside the locale files", () => {
  const found = sources
    .filter(([path]) => !path.includes("i18n/locales/"))
    .filter(([, text]) => /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/.test(text))
    .map(([path]) => path);
  expect(found).toEqual([]);
});

test("every text is used", () => {
  const code = sources.map(([, text]) => text).join("\n");
  const unused = [...chinese.keys()].filter((key) => {
    const parts = key.split(".");
    const named = code.includes(`"${key}"`) || code.includes(`\`${key}\``);
    // Keys made of parts: `failed.${kind}.title`, `filter.operator.${operator}`.
    const built = parts.some(
      (_, index) => index > 0 && code.includes(`\`${parts.slice(0, index).join(".")}.\${`),
    );
    return !named && !built;
  });
  expect(unused).toEqual([]);
});
