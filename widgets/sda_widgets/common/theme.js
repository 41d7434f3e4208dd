// Colors of the page's style sheet, for what is drawn outside of it.

// The color that a custom property has in a node, as CSS text.
export function colorOf(node, property) {
  const probe = document.createElement("i");
  probe.style.color = `var(${property})`;
  node.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

// Call `act` whenever the notebook changes between light and dark.
export function followTheme(act, { onStop }) {
  const changes = new MutationObserver(act);
  for (const node of [document.documentElement, document.body]) {
    changes.observe(node, { attributeFilter: ["class", "theme", "data-jp-theme-light", "data-vscode-theme-kind"] });
  }
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", act);
  onStop(() => {
    changes.disconnect();
    preference.removeEventListener("change", act);
  });
}
