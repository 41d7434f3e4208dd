// The page's theme, and colors of its style sheet (colors.css) for what is drawn outside of it.

export const THEMES = ["system", "light", "dark"];
const KEY = "sda-theme"; // the page's template (share/jupyter/voila) reads it before anything is drawn
const PLACES = ["class", "theme", "data-jp-theme-light", "data-vscode-theme-kind", "data-sda-theme"];

// A browser that keeps nothing for pages refuses its storage; the choice then lasts as long as the page.
function stored(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

// The theme chosen on this page, else the one chosen last on any page of this address.
export function chosenTheme() {
  const kept = stored(() => sessionStorage.getItem(KEY)) ?? stored(() => localStorage.getItem(KEY));
  const chosen = kept ?? document.documentElement.dataset.sdaTheme;
  return THEMES.includes(chosen) ? chosen : "system";
}

// Show a theme, and keep it for this page and for those opened later.
export function chooseTheme(theme) {
  stored(() => sessionStorage.setItem(KEY, theme));
  stored(() => localStorage.setItem(KEY, theme));
  showTheme(theme);
}

export function showTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.sdaTheme;
  else document.documentElement.dataset.sdaTheme = theme;
}

// The color that a custom property has in a node, as CSS text.
export function colorOf(node, property) {
  const probe = document.createElement("i");
  probe.style.color = `var(${property})`;
  node.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

// Call `act` whenever the page or the notebook around it changes between light and dark.
export function followTheme(act, { onStop }) {
  const changes = new MutationObserver(act);
  for (const node of [document.documentElement, document.body]) changes.observe(node, { attributeFilter: PLACES });
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", act);
  onStop(() => {
    changes.disconnect();
    preference.removeEventListener("change", act);
  });
}
