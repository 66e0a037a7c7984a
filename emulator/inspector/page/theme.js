/** Light, dark, or as the system has it: the style sheets' own rules for dark, switched on or off. In memory only. */

const DARK = "(prefers-color-scheme: dark)";
const THEMES = { auto: DARK, light: "not all", dark: "all" };

let rules = null;

/** Use a theme: `auto`, `light` or `dark`. */
export function use(theme) {
  rules ??= [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSMediaRule && rule.media.mediaText === DARK);
  for (const rule of rules) rule.media.mediaText = THEMES[theme];
  document.documentElement.dataset.theme = theme;
}

/** Return whether the page is dark now. */
export function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && matchMedia(DARK).matches);
}

/** Let a button switch between light and dark, and say which it would bring. */
export function toggle(button) {
  const show = () => {
    const next = isDark() ? "light" : "dark";
    button.setAttribute("aria-label", `Use the ${next} theme`);
    button.title = `Use the ${next} theme`;
  };
  button.addEventListener("click", () => {
    use(isDark() ? "light" : "dark");
    show();
  });
  matchMedia(DARK).addEventListener("change", show);
  show();
}
