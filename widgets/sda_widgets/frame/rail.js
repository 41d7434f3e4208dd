// The places of the page as a navigation: a click or an arrow key shows one.
import { consume, make, makeSvg, setTrait, widget } from "../common/dom.js";
import { keyOf } from "../common/keys.js";

// Lines of each place's picture, in a square of 20 units.
const PICTURES = {
  learn: "M2 13c2-9 4-9 6 0s4 5 5-2 3-6 5-3M2 17h16",
  play: "M6 4l10 6-10 6z",
  codes: "M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z",
  mix: "M5 3v14M10 3v14M15 3v14M3 7h4M8 13h4M13 6h4",
  export: "M10 3v9M6 8l4 4 4-4M3 13v4h14v-4",
  library: "M4 3v14M8 3v14M12 4l4 13",
};

const picture = (name) =>
  makeSvg("svg", { viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" }, makeSvg("path", { d: PICTURES[name] ?? "" }));

export default widget(({ model, el, on, follow }) => {
  const rail = make("nav", { className: "sda-rail", "aria-label": "Places" });
  el.append(rail);
  const names = () => model.get("places").map(({ name }) => name);
  const buttonOf = (name) => rail.children[names().indexOf(name)];

  function show(name) {
    setTrait(model, "shown", name);
    paint();
  }

  function build() {
    rail.replaceChildren(
      ...model.get("places").map(({ name, title, tip }) =>
        make("button", { type: "button", title: tip, onclick: () => show(name) }, picture(name), make("span", {}, title)),
      ),
    );
    paint();
  }

  // One button is reached by Tab, the others from it by arrow keys.
  function paint() {
    const shown = model.get("shown");
    const [first] = names();
    for (const name of names()) {
      const button = buttonOf(name);
      if (name === shown) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
      button.tabIndex = name === (names().includes(shown) ? shown : first) ? 0 : -1;
    }
  }

  on(rail, "keydown", (event) => {
    const all = names();
    const at = all.indexOf(model.get("shown"));
    const to = { previous: at - 1, next: at + 1, first: 0, last: all.length - 1 }[keyOf(model.get("keymap"), event)?.act];
    if (to === undefined) return;
    consume(event);
    const name = all[(to + all.length) % all.length];
    show(name);
    buttonOf(name).focus();
  });
  follow("places", build);
  follow("shown", paint);
});
