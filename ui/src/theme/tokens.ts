/** The colours, shadows and type of the product: one source for CSS variables and Ant Design. */

export type Tokens = Readonly<Record<TokenName, string>>;

type TokenName =
  | "canvas"
  | "surface"
  | "raised"
  | "sunken"
  | "hover"
  | "selected"
  | "hairline"
  | "border"
  | "text1"
  | "text2"
  | "text3"
  | "placeholder"
  | "primary"
  | "primaryHover"
  | "link"
  | "success"
  | "successText"
  | "successSoft"
  | "warning"
  | "warningText"
  | "warningSoft"
  | "danger"
  | "dangerText"
  | "dangerSoft"
  | "machine"
  | "machineText"
  | "machineSoft"
  | "chart1"
  | "chart2"
  | "chart3"
  | "chart4"
  | "chart5"
  | "chart6"
  | "chartGrey"
  | "checkbox"
  | "toast"
  | "toastText"
  | "toastLink"
  | "shadowCard"
  | "shadowPopup"
  | "shadowToast"
  | "focusRing";

export const light: Tokens = {
  canvas: "#F4F5F7",
  surface: "#FFFFFF",
  raised: "#FFFFFF",
  sunken: "#F9FAFB",
  hover: "#F3F4F6",
  selected: "#EDF2FD",
  hairline: "#E6E8EC",
  border: "#D3D7DE",
  text1: "#16191F",
  text2: "#464D5B",
  text3: "#5F6673",
  placeholder: "#6B7280",
  primary: "#2457C5",
  primaryHover: "#1D48AA",
  link: "#2457C5",
  success: "#177A57",
  successText: "#14704F",
  successSoft: "#E6F4EE",
  warning: "#D48806",
  warningText: "#8F5B00",
  warningSoft: "#FDF3DC",
  danger: "#C8322B",
  dangerText: "#B42A24",
  dangerSoft: "#FDECEA",
  machine: "#6B4FBB",
  machineText: "#6B4FBB",
  machineSoft: "#F1EDFB",
  chart1: "#2F62D0",
  chart2: "#C38215",
  chart3: "#0D8F6A",
  chart4: "#71184A",
  chart5: "#69B6EC",
  chart6: "#864D9D",
  chartGrey: "#8A93A3",
  checkbox: "#8A92A0",
  toast: "#1F232B",
  toastText: "#FFFFFF",
  toastLink: "#9DB9FA",
  shadowCard: "0 1px 2px #16191F0D",
  shadowPopup: "0 4px 16px #16191F1A",
  shadowToast: "0 12px 36px #16191F29",
  focusRing: "0 0 0 3px #2457C529",
};

export const dark: Tokens = {
  canvas: "#0E1014",
  surface: "#15181E",
  raised: "#1B1F27",
  sunken: "#191C23",
  hover: "#1E222B",
  selected: "#1B2743",
  hairline: "#262B35",
  border: "#363D4A",
  text1: "#E8EAEE",
  text2: "#AEB5C2",
  text3: "#8B93A1",
  placeholder: "#8B93A1",
  primary: "#3566D8",
  primaryHover: "#2B57BE",
  link: "#7FA3F7",
  success: "#4CC09A",
  successText: "#62CBA8",
  successSoft: "#14302A",
  warning: "#E3A93A",
  warningText: "#E9B95A",
  warningSoft: "#352A14",
  danger: "#F2766E",
  dangerText: "#F58B84",
  dangerSoft: "#3A1D1D",
  machine: "#A892EE",
  machineText: "#B5A2F1",
  machineSoft: "#282143",
  chart1: "#6B95F2",
  chart2: "#E1AD63",
  chart3: "#7ECAB3",
  chart4: "#EE84CC",
  chart5: "#CFEAF6",
  chart6: "#924FBA",
  chartGrey: "#7C8594",
  checkbox: "#6D7686",
  toast: "#2A303B",
  toastText: "#FFFFFF",
  toastLink: "#9DB9FA",
  shadowCard: "none",
  shadowPopup: "0 4px 16px #00000066",
  shadowToast: "0 12px 36px #00000080",
  focusRing: "0 0 0 3px #7FA3F740",
};

export const FONT =
  'Inter, "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei UI", "Noto Sans SC", "Noto Sans CJK SC", sans-serif';

/** The CSS that declares every token as a variable: `text1` becomes `--text-1`. */
export function variables(): string {
  return `:root{--font:${FONT};${declarations(light)}color-scheme:light}:root[data-theme="dark"]{${declarations(dark)}color-scheme:dark}`;
}

function declarations(tokens: Tokens): string {
  return Object.entries(tokens)
    .map(([name, value]) => `--${kebab(name)}:${value};`)
    .join("");
}

/** `primaryHover` -> `primary-hover`, `text1` -> `text-1`. */
export function kebab(name: string): string {
  return name.replace(/([A-Z]|\d)/g, "-$1").toLowerCase();
}
