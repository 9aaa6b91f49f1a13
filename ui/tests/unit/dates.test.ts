import { describe, expect, test } from "vitest";
import { periodOf } from "~/bricks/timeline_words";
import { day, daysBetween, deadline, exactly, longDay, type Moment, when } from "~/format/dates";

const now = new Date("2026-11-24T10:00:00+08:00");
const zh: Moment = { now, zone: "Asia/Shanghai", language: "zh" };
const en: Moment = { ...zh, language: "en" };

test.each([
  ["2026-11-24T09:59:40+08:00", "刚刚", "just now"],
  ["2026-11-24T09:48:00+08:00", "12 分钟前", "12 min ago"],
  ["2026-11-24T08:00:00+08:00", "今天 08:00", "Today 08:00"],
  ["2026-11-24T10:30:00+08:00", "今天 10:30", "Today 10:30"],
  ["2026-11-23T21:14:00+08:00", "昨天 21:14", "Yesterday 21:14"],
  ["2026-11-20T16:20:00+08:00", "周五 16:20", "Fri 16:20"],
  ["2026-11-12T14:20:00+08:00", "11-12 14:20", "11-12 14:20"],
  ["2025-11-12T14:20:00+08:00", "2025-11-12", "2025-11-12"],
])("%s is said %s and %s", (iso, inChinese, inEnglish) => {
  expect(when(iso, zh)).toBe(inChinese);
  expect(when(iso, en)).toBe(inEnglish);
});

test("days begin at midnight of the workspace, not of UTC", () => {
  expect(when("2026-11-23T16:30:00Z", zh)).toBe("今天 00:30");
  expect(when("2026-11-23T15:30:00Z", zh)).toBe("昨天 23:30");
});

test.each([
  ["2026-11-24", "今天"],
  ["2026-11-25", "明天"],
  ["2026-11-23", "昨天"],
  ["2026-12-05", "12-05"],
  ["2027-01-03", "2027-01-03"],
])("the day %s is said %s", (date, said) => {
  expect(day(date, zh)).toBe(said);
});

test("a day with its weekday", () => {
  expect(longDay("2026-12-05", zh)).toBe("12 月 5 日（周六）");
  expect(longDay("2026-12-05", en)).toBe("Sat, Dec 5");
});

describe("deadlines", () => {
  test.each([
    ["2026-11-24T13:42:00+08:00", "剩 3 小时 42 分", "soon"],
    ["2026-11-24T10:25:00+08:00", "剩 25 分钟", "soon"],
    ["2026-11-18T10:00:00+08:00", "逾期 6 天", "late"],
    ["2026-11-24T04:10:00+08:00", "逾期 5 小时", "late"],
    ["2026-11-27T16:20:00+08:00", "周五 16:20", "later"],
  ])("%s: %s", (iso, text, urgency) => {
    expect(deadline(iso, zh)).toEqual({ text, urgency });
  });

  test("in English the figure comes first", () => {
    expect(deadline("2026-11-24T13:42:00+08:00", en).text).toBe("3 h 42 min left");
  });
});

test("the exact instant is in the zone of the workspace", () => {
  expect(exactly("2026-11-24T02:00:05Z", "Asia/Shanghai")).toBe("2026-11-24 10:00:05");
});

test("days between", () => {
  expect(daysBetween("2026-02-28", "2026-03-01")).toBe(1);
  expect(daysBetween("2026-11-24", "2026-11-18")).toBe(-6);
});

test.each([
  ["2026-11-24T01:00:00+08:00", "today"],
  ["2026-11-23T01:00:00+08:00", "yesterday"],
  ["2026-11-20T01:00:00+08:00", "lastWeek"],
  ["2026-11-10T01:00:00+08:00", "2026-11"],
])("the timeline puts %s under %s", (iso, key) => {
  expect(periodOf(iso, zh).key).toBe(key);
});
