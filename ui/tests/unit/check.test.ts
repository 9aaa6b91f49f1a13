import { expect, test } from "vitest";
import type { Field } from "~/api/types";
import { check, matches } from "~/fields/check";
import { openChoices } from "~/fields/choices";

function field(type: string, more: Partial<Field> = {}): Field {
  return { id: "f", name: "f", type, label: { zh: "f" }, ...more };
}

test("an empty value is wrong only where one is needed", () => {
  expect(check(field("text"), "")).toBeNull();
  expect(check(field("text", { required: true }), null)).toEqual({ code: "required" });
  expect(check(field("boolean", { required: true }), false)).toBeNull();
});

test.each([
  ["00-AA*", "12-ab?", true],
  ["00-AA*", "1x-ab?", false],
  ["000", "1234", false],
  ["A", "é", false],
  ["*", "中", true],
])("pattern %s on %s: %s", (pattern, text, fits) => {
  expect(matches(pattern, text)).toBe(fits);
});

test.each([
  [field("text", { max_length: 2 }), "三个字", "tooLong"],
  [field("text", { pattern: "000" }), "12a", "pattern"],
  [field("integer"), "1.5", "notWhole"],
  [field("integer"), "x", "notNumber"],
  [field("money", { min: "0" }), "-1", "tooSmall"],
  [field("percent", { max: "1" }), "1.2", "tooLarge"],
  [field("phone"), "1385751602", "phoneShort"],
  [field("phone"), "138575160211", "phoneLong"],
  [field("phone"), "call me", "notPhone"],
  [field("email"), "a@b", "notEmail"],
  [field("url"), "javascript:alert(1)", "notUrl"],
  [field("select", { choices: [{ key: "a", label: { zh: "a" } }] }), "b", "notChoice"],
  [field("lines", { min_rows: 1 }), [{}, {}].slice(2), null],
  [field("lines", { max_rows: 1 }), [{}, {}], "tooManyRows"],
  [field("formula", { result: "integer" }), "x", "notNumber"],
])("%o with %s is %s", (one, value, code) => {
  expect(check(one, value)?.code ?? null).toBe(code);
});

test.each(["13857516021", "0571-88886666", "+44 20 7946 0958"])("%s is a phone number", (value) => {
  expect(check(field("phone"), value)).toBeNull();
});

test("states offer only the ways that lead on from here", () => {
  const choices = ["new", "open", "won", "old"].map((key) => ({
    key,
    label: { zh: key },
    hidden: key === "old",
  }));
  const transitions = [
    { from: null, to: ["new"] },
    { from: "new", to: ["open"] },
    { from: "open", to: ["new", "won"] },
  ];
  const keys = (one: Field, current: string | null) =>
    openChoices(one, current).map((choice) => choice.key);
  expect(keys(field("select", { choices, transitions }), "open")).toEqual(["new", "open", "won"]);
  expect(keys(field("select", { choices, transitions }), null)).toEqual(["new"]);
  expect(keys(field("select", { choices }), null)).toEqual(["new", "open", "won"]);
});
