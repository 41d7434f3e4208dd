// Names of controls for screen readers, where ipywidgets leaves them out: of the handles of its sliders, and of fields
// that have a hint or a tooltip in place of a label beside them.
import { widget } from "./dom.js";

const FIELDS = "input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea";
const textOf = (node) => node?.textContent.trim() ?? "";

function nameOf(node) {
  const label = node.closest(".jupyter-widgets:has(.widget-label)")?.querySelector(".widget-label");
  return textOf(label) || node.placeholder || node.title || label?.title || "";
}

function nameAll(root) {
  for (const node of root.querySelectorAll(`.noUi-handle:not([aria-label]), :is(${FIELDS}):not([aria-label])`)) {
    const name = nameOf(node);
    if (name) node.setAttribute("aria-label", name);
  }
}

export default widget(({ el, onStop }) => {
  let frame = 0;
  function begin() {
    const root = el.closest(".sda-app");
    if (!root) {
      frame = requestAnimationFrame(begin); // the view is not on the page yet
      return;
    }
    const changes = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => nameAll(root));
    });
    changes.observe(root, { childList: true, subtree: true });
    onStop(() => changes.disconnect());
    nameAll(root);
  }
  begin();
  onStop(() => cancelAnimationFrame(frame));
});
