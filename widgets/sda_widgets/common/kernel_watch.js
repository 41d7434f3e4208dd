// Says on the page that its kernel has ended, or that the server can't be reached, and how to come back.
import { isServed, make, makeButton, widget } from "./dom.js";

// States in which a kernel has no page any more. A restarted one knows nothing of this page.
const ENDED = new Set(["dead", "terminating", "restarting", "autorestarting"]);
// Milliseconds without a connection before that is said; short interruptions heal by themselves.
const PATIENCE = 4000;
const SAFE = "Exports, saved sessions, models, trainings and the sounds of this page are safe.";
const BACK = isServed ? "Reload the page to go on where you were." : "Run the notebook's cell again to go on.";
const WORDS = {
  ended: `The process behind this page has ended; the memory of this machine may have been full. ${SAFE} ${BACK}`,
  lost: `SDA can't be reached. If sda studio was ended, start it again and open the link that it prints; else wait. ${SAFE}`,
};

export default widget(({ model, el, onStop }) => {
  const text = make("span");
  const reload = makeButton("Reload the page", () => location.reload());
  const alert = make("div", { className: "sda-kernel-watch", role: "alert", hidden: true }, text, reload);
  el.append(alert);
  let timer = 0;
  function say(words) {
    text.textContent = words;
    alert.hidden = !words;
    reload.hidden = !isServed;
  }
  const kernel = model.widget_manager.kernel;
  if (!kernel) return;
  const watch = () => {
    clearTimeout(timer);
    if (ENDED.has(kernel.status)) say(WORDS.ended);
    else if (kernel.connectionStatus === "connected") say("");
    else timer = setTimeout(() => say(WORDS.lost), PATIENCE);
  };
  kernel.statusChanged.connect(watch);
  kernel.connectionStatusChanged.connect(watch);
  onStop(() => {
    clearTimeout(timer);
    kernel.statusChanged.disconnect(watch);
    kernel.connectionStatusChanged.disconnect(watch);
  });
});
