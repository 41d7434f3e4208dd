// Puts the sentence of an act that failed below the row of the control that caused it, until something is changed there.
import { make, post, widget } from "./dom.js";

// What a sentence can stand in, and what stands in it one below the other.
const FORMS = ".sda-card, .sda-panel, .sda-side, .sda-main";
const COLUMNS = ".widget-vbox, .sda-card, .sda-panel";
const FIELDS = "input, select, textarea, button, [tabindex]";
const ID = "sda-error-beside";

// The shown element of a widget, by its id; undefined for none.
async function elementOf(manager, id) {
  if (!id || !manager.has_model(id)) return undefined;
  const views = await Promise.all(Object.values((await manager.get_model(id)).views ?? {}));
  return views.map(({ el }) => el).find((el) => el.isConnected && el.getClientRects().length > 0);
}

// What of a form holds an element and stands below its other rows; undefined outside of forms.
function rowOf(element) {
  if (!element?.closest(FORMS)) return undefined;
  let row = element;
  while (!row.parentElement.matches(COLUMNS)) row = row.parentElement;
  return row.parentElement.closest(FORMS) ? row : undefined;
}

// What is wrong with the number in a field, which the page then puts right; an empty string for nothing.
function outOfRange({ validity, min, max, value }) {
  if (!validity.rangeOverflow && !validity.rangeUnderflow) return "";
  return `${value} is out of range: ${min} to ${max}. The nearest one is taken.`;
}

export default widget(({ model, el, on, onStop, follow }) => {
  el.hidden = true;
  const line = make("p", { className: "sda-problem sda-error-beside", id: ID });
  let field, asked = 0;

  function takeAway() {
    line.remove();
    field?.removeAttribute("aria-describedby");
    field = undefined;
  }

  function put(element, sentence) {
    takeAway();
    const row = rowOf(element);
    if (!row) return;
    line.textContent = sentence;
    row.after(line);
    field = element.matches(FIELDS) ? element : element.querySelector(FIELDS);
    field?.setAttribute("aria-describedby", ID); // read out with the field; the status line is read out by itself
    line.scrollIntoView({ block: "nearest" });
  }

  async function draw() {
    const sentence = model.get("sentence");
    const mine = (asked += 1);
    const element = sentence && (await elementOf(model.widget_manager, model.get("control")));
    if (mine !== asked) return;
    if (element) put(element, sentence);
    else takeAway();
  }

  // A changed field can be what mends it; an act that it starts has an error of its own if it fails.
  function change({ target }) {
    const wrong = target.matches("input[type=number]") ? outOfRange(target) : "";
    if (wrong) put(target, wrong);
    else if (line.isConnected && line.closest(FORMS).contains(target)) {
      takeAway();
      if (model.get("sentence")) post(model, "mended");
    }
  }

  on(document, "input change", change, { capture: true }); // before the field's own widget puts a number right
  follow("sentence control", draw);
  onStop(takeAway);
});
