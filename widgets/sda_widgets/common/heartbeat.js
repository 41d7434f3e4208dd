// Clock of the page: beats while a page is open and Python has set `beating`. Without a page there are no beats, and so
// no polling in the kernel.
import { makeListeners, post } from "./dom.js";

function render({ model }) {
  const { on, onStop, stop } = makeListeners();
  let timer = 0;
  const beat = () => post(model, { kind: "beat" }) || clearInterval(timer);
  function restart() {
    clearInterval(timer);
    if (model.get("beating")) timer = setInterval(beat, model.get("milliseconds"));
  }
  on(model, "change:beating", restart);
  onStop(() => clearInterval(timer));
  restart();
  return stop;
}

export default { render };
