// Switch between the system's theme, light and dark; the browser keeps the choice.
import { make, setTrait, widget } from "./dom.js";
import { THEMES, chooseTheme, chosenTheme, followTheme, showTheme } from "./theme.js";

const LABELS = { system: "Theme of the system", light: "Light theme", dark: "Dark theme" };
const ICONS = {
  system: '<rect x="1.5" y="2.5" width="13" height="9" rx="1"/><path d="M5.5 14h5M8 11.5V14"/>',
  light: '<circle cx="8" cy="8" r="3"/><path d="M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1"/>',
  dark: '<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z"/>',
};
let count = 0;

function choiceOf(theme, name) {
  const input = make("input", { type: "radio", name, value: theme, "aria-label": LABELS[theme] });
  const label = make("label", { title: LABELS[theme] }, input);
  label.insertAdjacentHTML("beforeend", `<svg viewBox="0 0 16 16" aria-hidden="true">${ICONS[theme]}</svg>`);
  return { input, label };
}

export default widget(({ model, el, on, onStop }) => {
  const name = `sda-theme-${count++}`; // radio buttons of one name exclude each other
  const choices = THEMES.map((theme) => choiceOf(theme, name));
  const group = make("div", { className: "sda-theme", role: "radiogroup", "aria-label": "Theme" });
  group.append(...choices.map(({ label }) => label));
  el.append(group);
  function follow() {
    const theme = chosenTheme();
    for (const { input } of choices) input.checked = input.value === theme;
    if (model.get("theme") !== theme) setTrait(model, "theme", theme);
  }
  for (const { input } of choices) on(input, "change", () => chooseTheme(input.value));
  on(model, "change:theme", () => model.get("theme") !== chosenTheme() && chooseTheme(model.get("theme")));
  followTheme(follow, { onStop });
  showTheme(chosenTheme());
  follow();
});
