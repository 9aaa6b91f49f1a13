import type { ThemeConfig } from "antd";
import { theme as antd } from "antd";
import { dark, FONT, light, type Tokens } from "./tokens";

/** Ant Design's theme for a set of tokens, touch-sized on a phone. */
export function antdTheme(mode: "light" | "dark", phone: boolean): ThemeConfig {
  const tokens = mode === "dark" ? dark : light;
  const colours = derived(tokens);
  return {
    // The dark algorithm bends colours that tokens can't set back, so ours are laid over its result.
    algorithm:
      mode === "dark"
        ? (seed, map) => ({ ...antd.darkAlgorithm(seed, map), ...colours })
        : antd.defaultAlgorithm,
    cssVar: { key: "sanhuan" },
    hashed: false,
    token: {
      ...colours,
      fontFamily: FONT,
      fontSize: phone ? 16 : 13,
      fontSizeSM: 12,
      fontSizeLG: 14,
      fontSizeHeading1: 28,
      fontSizeHeading2: 22,
      fontSizeHeading3: 20,
      fontSizeHeading4: 16,
      fontSizeHeading5: 14,
      lineHeight: phone ? 24 / 16 : 20 / 13,
      lineHeightSM: 18 / 12,
      lineHeightLG: 22 / 14,
      borderRadius: 7,
      borderRadiusSM: 6,
      borderRadiusXS: 5,
      borderRadiusLG: 10,
      controlHeight: phone ? 44 : 30,
      controlHeightSM: phone ? 36 : 26,
      controlHeightLG: 44,
      controlOutline: `${tokens.primary}29`,
      controlOutlineWidth: 3,
      boxShadow: tokens.shadowPopup,
      boxShadowSecondary: tokens.shadowPopup,
      motionDurationFast: "0.1s",
      motionDurationMid: "0.16s",
      motionDurationSlow: "0.24s",
      wireframe: false,
    },
    components: {
      Button: {
        primaryShadow: "none",
        defaultShadow: "none",
        dangerShadow: "none",
        fontWeight: 500,
        paddingInline: 12,
      },
      Checkbox: { colorBorder: tokens.checkbox, borderRadiusSM: 4 },
      Select: {
        optionSelectedBg: tokens.selected,
        optionSelectedFontWeight: 500,
        optionHeight: 32,
      },
      Table: { headerBg: tokens.sunken, rowHoverBg: tokens.hover },
      Tooltip: { colorBgSpotlight: tokens.toast },
      Dropdown: { paddingBlock: 6 },
    },
  };
}

function derived(tokens: Tokens): Record<string, string> {
  return {
    colorPrimary: tokens.primary,
    colorPrimaryHover: tokens.primaryHover,
    colorPrimaryActive: tokens.primaryHover,
    colorPrimaryBg: tokens.selected,
    colorPrimaryBgHover: tokens.selected,
    colorLink: tokens.link,
    colorLinkHover: tokens.primaryHover,
    colorSuccess: tokens.success,
    colorSuccessText: tokens.successText,
    colorSuccessBg: tokens.successSoft,
    colorWarning: tokens.warning,
    colorWarningText: tokens.warningText,
    colorWarningBg: tokens.warningSoft,
    colorError: tokens.danger,
    colorErrorText: tokens.dangerText,
    colorErrorBg: tokens.dangerSoft,
    colorInfo: tokens.primary,
    colorBgLayout: tokens.canvas,
    colorBgContainer: tokens.surface,
    colorBgElevated: tokens.raised,
    colorFillAlter: tokens.sunken,
    controlItemBgHover: tokens.hover,
    controlItemBgActive: tokens.selected,
    colorBorder: tokens.border,
    colorBorderSecondary: tokens.hairline,
    colorSplit: tokens.hairline,
    colorText: tokens.text1,
    colorTextSecondary: tokens.text2,
    colorTextTertiary: tokens.text3,
    colorTextPlaceholder: tokens.placeholder,
    colorBgMask: "#16191F40",
  };
}
