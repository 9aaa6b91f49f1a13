import { describe, expect, test } from "vitest";
import type { Field, Group, Rule } from "~/api/types";
import type { Wording } from "~/fields/values";
import * as filters from "~/filters/filters";
import { chipWords, type FilterWords } from "~/filters/words";
import * as address from "~/list/address";

const wording: Wording = {
  language: "zh",
  now: new Date("2026-11-24T10:00:00+08:00"),
  zone: "Asia/Shanghai",
  currency: "CNY",
  yes: "是",
  no: "否",
};
const words: FilterWords = {
  wording,
  operator: (operator, type) => `${operator}${type === "period" ? "期" : ""}`,
  relative: (key) => `<${key}>`,
  me: "我",
  several: (count) => `${count} 项`,
  title: (_object, id) => (id === "a1" ? "越辰建设" : undefined),
};

function field(type: string, more: Partial<Field> = {}): Field {
  return { id: "f", name: "f", type, label: { zh: "字段" }, ...more };
}

const stage = field("select", {
  choices: ["报价", "谈判", "签约"].map((zh, index) => ({ key: `s${index}`, label: { zh } })),
});

test.each<[Rule, Field, string]>([
  [{ field: "f", operator: ">=", value: "50000" }, field("money"), "5.0 万"],
  [{ field: "f", operator: "in", value: ["s0", "s1"] }, stage, "报价、谈判"],
  [{ field: "f", operator: "in", value: ["s0", "s1", "s2"] }, stage, "3 项"],
  [{ field: "f", operator: "=", value: { me: true } }, field("user"), "我"],
  [
    { field: "f", operator: "=", value: { relative: "this_quarter" } },
    field("date"),
    "<this_quarter>",
  ],
  [
    { field: "f", operator: "=", value: "a1" },
    field("reference", { object: "account" }),
    "越辰建设",
  ],
  [{ field: "f", operator: "=", value: "zz" }, field("reference", { object: "account" }), "…"],
  [{ field: "f", operator: "between", value: ["1", "2"] }, field("integer"), "1 – 2"],
  [{ field: "f", operator: "notNull" }, field("text"), ""],
])("%o in words", (rule, one, value) => {
  expect(chipWords(rule, one, words)).toMatchObject({ field: "字段", value });
});

test("a period is a day being in it, not equal to it", () => {
  const rule: Rule = { field: "f", operator: "=", value: { relative: "today" } };
  expect(chipWords(rule, field("date"), words).operator).toBe("in期");
});

test("windows of days have words, named or counted", () => {
  const said = {
    named: (key: string) => `«${key}»`,
    days: (which: string, days: number) => `${which} ${days}`,
  };
  expect(filters.windowText("this_month", said)).toBe("«this_month»");
  expect(filters.windowText("last_30_days", said)).toBe("last 30");
  expect(filters.windowText("whenever", said)).toBe("whenever");
});

describe("groups", () => {
  const rule: Rule = { field: "a", operator: "=", value: 1 };
  const either: Group = { combinator: "or", rules: [rule, rule] };

  test("an `and` is its parts, anything else one chip", () => {
    expect(filters.chipsOf({ combinator: "and", rules: [rule, either] })).toEqual([rule, either]);
    expect(filters.chipsOf(either)).toEqual([either]);
    expect(filters.chipsOf(null)).toEqual([]);
  });

  test("two filters hold together without losing an `or`", () => {
    expect(filters.both({ combinator: "and", rules: [rule] }, either)).toEqual({
      combinator: "and",
      rules: [rule, either],
    });
    expect(filters.both(null, either)).toBe(either);
    expect(filters.both(null, undefined)).toBeNull();
  });

  test("a rule is sent only when it says enough", () => {
    expect(filters.isComplete({ field: "a", operator: "in", value: [] })).toBe(false);
    expect(filters.isComplete({ field: "a", operator: "between", value: ["1", ""] })).toBe(false);
    expect(filters.isComplete({ field: "a", operator: "null" })).toBe(true);
    expect(filters.isComplete({ field: "a", operator: "=", value: false })).toBe(true);
  });

  test("field names are found at any depth", () => {
    expect(
      filters.fieldsOf({ combinator: "and", rules: [{ ...rule, field: "x" }, either] }),
    ).toEqual(["x", "a", "a"]);
  });
});

describe("order", () => {
  test("reads and writes the contract's form", () => {
    expect(filters.writeSort(filters.parseSort("-amount,name"))).toBe("-amount,name");
    expect(filters.parseSort(null)).toEqual([]);
  });

  test("a click goes down, up, away; Shift adds", () => {
    const down = filters.sortedBy([], "a", false);
    expect(filters.writeSort(down)).toBe("-a");
    const up = filters.sortedBy(down, "a", false);
    expect(filters.writeSort(up)).toBe("a");
    expect(filters.sortedBy(up, "a", false)).toEqual([]);
    expect(filters.writeSort(filters.sortedBy(up, "b", true))).toBe("a,-b");
    expect(filters.writeSort(filters.sortedBy(up, "b", false))).toBe("-b");
  });
});

describe("the address of a list", () => {
  const view = (name: string, filter: Group | null) => ({
    id: name,
    name,
    label: { zh: name },
    object: "o",
    filter,
    sort: "-a",
  });
  const mine = view("mine", {
    combinator: "and",
    rules: [{ field: "owner", operator: "=", value: { me: true } }],
  });
  const all = view("all", null);

  test("reproduces what one sees", () => {
    const state: address.ListState = {
      view: "mine",
      filter: { combinator: "and", rules: [{ field: "x", operator: "=", value: "é&=" }] },
      sort: "-b",
      q: "镜湖",
      record: "1",
    };
    expect(address.readState(new URLSearchParams(address.writeState(state).toString()))).toEqual(
      state,
    );
  });

  test("what can't be read is no filter", () => {
    expect(address.readState(new URLSearchParams("filter=%7Bbroken")).filter).toBeNull();
    expect(address.readState(new URLSearchParams("filter=5")).filter).toBeNull();
  });

  test("a filter without a view stands on all records", () => {
    const state = address.readState(new URLSearchParams());
    expect(address.chosenView([mine, all], state)?.name).toBe("mine");
    expect(address.chosenView([mine, all], { ...state, filter: filters.EVERYTHING })?.name).toBe(
      "all",
    );
  });

  test("a view is changed by another filter or order, not by its own", () => {
    const state = address.readState(new URLSearchParams());
    expect(address.isChanged(mine, state)).toBe(false);
    expect(address.isChanged(mine, { ...state, filter: mine.filter })).toBe(false);
    expect(address.isChanged(mine, { ...state, sort: "-b" })).toBe(true);
    expect(address.isChanged(mine, { ...state, filter: filters.EVERYTHING })).toBe(true);
    expect(address.inForce(mine, { ...state, filter: filters.EVERYTHING })).toEqual({
      filter: filters.EVERYTHING,
      sort: "-a",
    });
  });
});
