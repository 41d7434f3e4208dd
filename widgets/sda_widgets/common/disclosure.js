// Heading of a disclosure: a button, which Python's trait `expanded` follows.
import { make, setTrait, widget } from "./dom.js";

export default widget(({ model, el, on, follow }) => {
  const title = make("span");
  const button = make("button", { type: "button", className: "sda-disclosure-head" }, title);
  el.append(button);
  follow("title", () => (title.textContent = model.get("title")));
  follow("expanded", () => button.setAttribute("aria-expanded", model.get("expanded")));
  on(button, "click", () => setTrait(model, "expanded", !model.get("expanded")));
});
