import { describe, expect, test } from "vitest";
import * as numbers from "~/format/numbers";
import { percentDigits, shifted, typedNumber, typedPercent } from "~/format/typed";

describe("amounts in short", () => {
  test.each([
    ["486000.00", "48.6 万", "486K"],
    ["1260000.00", "126.0 万", "1.26M"],
    ["10420000", "1,042 万", "10.42M"],
    ["120000000", "1.2 亿", "120.00M"],
    ["3280.00", "3,280 元", "3,280"],
    ["9999.50", "9,999.5 元", "9,999.5"],
    ["0", "0 元", "0"],
    ["-486000", "-48.6 万", "-486K"],
    [null, "—", "—"],
    ["", "—", "—"],
  ])("%s reads %s and %s", (value, zh, en) => {
    expect(numbers.amountText(value, "zh")).toBe(zh);
    expect(numbers.amountText(value, "en")).toBe(en);
  });

  test("another currency is named where the figure is in full", () => {
    expect(numbers.amountText("3280", "zh", "USD")).toBe("3,280 USD");
  });
});

test("a decimal in full keeps every digit", () => {
  expect(numbers.exact("12345678901234567890.123456")).toBe("12,345,678,901,234,567,890.123456");
  expect(numbers.plain("12000.00")).toBe("12,000");
  expect(numbers.plain("100")).toBe("100");
  expect(numbers.plain("-1234567.50")).toBe("-1,234,567.5");
});

test("percentages are fractions", () => {
  expect(numbers.percent("0.7234")).toBe("72.3%");
  expect(numbers.percent("0.15", 0)).toBe("15%");
  expect(numbers.percent(null)).toBe("—");
});

test.each([
  [42, "42 秒", "42 s"],
  [2700, "45 分钟", "45 min"],
  [7560, "2.1 小时", "2.1 h"],
  [1002240, "11.6 天", "11.6 d"],
])("%s seconds read %s and %s", (seconds, zh, en) => {
  expect(numbers.joined(numbers.span(seconds, "zh"))).toBe(zh);
  expect(numbers.joined(numbers.span(seconds, "en"))).toBe(en);
});

test("a count beyond the cap says so", () => {
  expect(numbers.cappedCount(1001)).toBe("1,000+");
  expect(numbers.cappedCount(1000)).toBe("1,000");
});

test.each([
  ["1260000", "一百二十六万"],
  ["10", "十"],
  ["100010", "十万零一十"],
  ["120000000", "一亿二千万"],
  ["10203", "一万零二百零三"],
  ["0.5", "零"],
])("%s is written %s", (value, words) => {
  expect(numbers.inWords(value)).toBe(words);
});

describe("numbers as typed", () => {
  test.each([
    ["1,260,000", "1260000"],
    ["126万", "1260000"],
    ["1.2亿", "120000000"],
    ["0.5w", "5000"],
    ["１２．５", "12.5"],
    ["12 元", "12"],
    ["-3k", "-3000"],
    ["abc", "abc"],
    ["12.3.4", "12.3.4"],
    ["5x", "5x"],
  ])("%s is %s", (typed, value) => {
    expect(typedNumber(typed)).toBe(value);
  });

  test("a percentage becomes a fraction and back, exactly", () => {
    expect(typedPercent("15%")).toBe("0.15");
    expect(typedPercent("12.345")).toBe("0.12345");
    expect(percentDigits("0.12345")).toBe("12.345");
    expect(percentDigits("1")).toBe("100");
    expect(typedPercent("x")).toBe("x");
  });

  test("moving the point is exact", () => {
    expect(shifted("0.1", 1)).toBe("1");
    expect(shifted("5", -3)).toBe("0.005");
    expect(shifted("-0", 2)).toBe("0");
  });
});
