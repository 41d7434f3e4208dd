// Sliders, XY pad and curve editor. Shows what Python sets and sends user input. Names and labels may come from files,
// so they only ever become text, never markup.
import { keepKeys, make, widget } from "../common/dom.js";
import { makeCurveEditor } from "./curve_editor.js";
import { makeMidi } from "./midi.js";
import { makePositions } from "./positions.js";
import { makeRow } from "./slider_row.js";
import { makePad } from "./xy_pad.js";

export default widget(({ model, el, on, onStop, follow }) => {
  const list = make("div", { className: "sda-slider-list" });
  const note = make("div", { className: "sda-midi-note", role: "status" });
  const rows = new Map();
  const positions = makePositions(model, () => {
    rows.forEach((row) => row.show());
    pad.show();
  });
  const midi = makeMidi(model, positions, showNotes);
  const pad = makePad(model, positions);
  const curve = makeCurveEditor(model);
  const root = make("div", { className: "sda-sliders" }, list, note, pad.node, curve.node);
  keepKeys(root, { on });
  el.append(root);

  // Keep the rows while the sliders are the same: replacing one would interrupt its drag.
  function describe() {
    const sliders = model.get("sliders");
    const names = sliders.map(({ name }) => name);
    if (names.join("\n") !== [...rows.keys()].join("\n")) {
      rows.clear();
      positions.releaseAll();
      names.forEach((name) => rows.set(name, makeRow(name, { model, positions, midi })));
      list.replaceChildren(...[...rows.values()].map((row) => row.node));
    }
    sliders.forEach((slider) => rows.get(slider.name).describe(slider));
    pad.describe();
    curve.describe();
    positions.update();
    showNotes();
  }

  function showNotes() {
    rows.forEach((row) => row.show());
    note.textContent = midi.text();
    note.hidden = !note.textContent;
  }

  function showMidi() {
    midi.requestIfAssigned();
    showNotes();
  }

  follow("sliders", describe);
  on(model, "change:values", positions.update);
  on(model, "change:locks", showNotes);
  follow("midi", showMidi);
  on(model, "change:pad", pad.describe);
  on(model, "change:curve", curve.describe);
  on(model, "msg:custom", ({ kind }) => kind === "answered" && positions.answered());
  onStop(midi.stop);
  onStop(positions.stop);
});
