// The button of the dock. Whether the dock is open is remembered in this browser, also for other pages of SDA.
import { make, makeButton, setTrait, widget } from "../common/dom.js";

const KEY = "sda-dock";

// Storage can be refused, for example in a frame of another site; then nothing is remembered.
function remembered() {
  try {
    return localStorage.getItem(KEY) === "open";
  } catch {
    return false;
  }
}

function remember(isOpen) {
  try {
    localStorage.setItem(KEY, isOpen ? "open" : "folded");
  } catch {
    // see above
  }
}

export default widget(({ model, el, follow }) => {
  const words = make("span");
  const mark = make("i", { className: "sda-dock-mark", "aria-hidden": "true" });
  const button = makeButton(mark, () => {
    setTrait(model, "is_open", !model.get("is_open"));
    remember(model.get("is_open"));
  }, { className: "jupyter-button sda-dock-toggle", title: "Show or fold the history" });
  button.append(words);
  el.append(button);
  follow("is_open words", () => {
    words.textContent = model.get("words");
    button.setAttribute("aria-expanded", model.get("is_open"));
  });
  if (remembered() && !model.get("is_open")) setTrait(model, "is_open", true);
});
