// Clock of the page: beats while a page is open and Python has set `beating`. Without a page there are no beats, and so
// no polling in the kernel.
import { post, widget } from "./dom.js";

export default widget(({ model, onStop, follow }) => {
  let timer = 0;
  const beat = () => post(model, { kind: "beat" }) || clearInterval(timer);
  function restart() {
    clearInterval(timer);
    if (model.get("beating")) timer = setInterval(beat, model.get("milliseconds"));
  }
  onStop(() => clearInterval(timer));
  follow("beating", restart);
});
