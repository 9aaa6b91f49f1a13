/** Words of numbers and dates in both languages; the pure functions of `format/` take them from here. */
import type { Language } from "~/api/types";

interface Units {
  /** Between the items of a list. */
  comma: string;
  second: string;
  minute: string;
  hour: string;
  day: string;
  weekdays: readonly string[];
  near: Readonly<Record<string, string>>;
  justNow: string;
  minutesAgo: (minutes: number) => string;
  hoursAndMinutes: (hours: number, minutes: number) => string;
  overdue: (length: string) => string;
  left: (length: string) => string;
  longDay: (year: string, month: number, monthName: string, day: number, weekday: string) => string;
}

export const units: Record<Language, Units> = {
  zh: {
    comma: "、",
    second: "秒",
    minute: "分钟",
    hour: "小时",
    day: "天",
    weekdays: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
    near: { "-1": "昨天", "0": "今天", "1": "明天" },
    justNow: "刚刚",
    minutesAgo: (minutes) => `${minutes} 分钟前`,
    hoursAndMinutes: (hours, minutes) => `${hours} 小时 ${minutes} 分`,
    overdue: (length) => `逾期 ${length}`,
    left: (length) => `剩 ${length}`,
    longDay: (year, month, _name, day, weekday) =>
      `${year && `${year} 年 `}${month} 月 ${day} 日（${weekday}）`,
  },
  en: {
    comma: ", ",
    second: "s",
    minute: "min",
    hour: "h",
    day: "d",
    weekdays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    near: { "-1": "Yesterday", "0": "Today", "1": "Tomorrow" },
    justNow: "just now",
    minutesAgo: (minutes) => `${minutes} min ago`,
    hoursAndMinutes: (hours, minutes) => `${hours} h ${minutes} min`,
    overdue: (length) => `${length} overdue`,
    left: (length) => `${length} left`,
    longDay: (year, _month, name, day, weekday) =>
      `${weekday}, ${name} ${day}${year && `, ${year}`}`,
  },
};

/** Magnitudes and numerals of Chinese amounts. */
export const numerals = {
  wan: "万",
  yi: "亿",
  yuan: "元",
  digits: "零一二三四五六七八九",
  places: ["", "十", "百", "千"],
  zero: "零",
  ten: "十",
  oneTen: "一十",
} as const;
