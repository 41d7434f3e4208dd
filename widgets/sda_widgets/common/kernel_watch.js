// Says on the page that its kernel has ended, or that the server can't be reached, and how to come back.
import { isServed, make, makeButton, widget } from "./dom.js";

// States in which a kernel has no page any more. A restarted one knows nothing of this page.
const ENDED = new Set(["dead", "terminating", "restarting", "autorestarting"]);
// Milliseconds without a connection before that is said; short interruptions heal by themselves.
const PATIENCE = 4000;
// Milliseconds between two looks for a server that can't be reached.
const AGAIN = 5000;
const SAFE = "Exports, saved sessions, models, trainings and the sounds of this page are safe.";
const BACK = isServed ? "Reload the page to go on where you were." : "Run the notebook's cell again to go on.";
const WORDS = {
  ended: `The process behind this page has ended; the memory of this machine may have been full. ${SAFE} ${BACK}`,
  lost: `SDA can't be reached. If sda studio was ended, start it again and open the link that it prints; else wait. ${SAFE}`,
  still: `SDA still can't be reached. If sda studio was ended, start it again and open the link that it prints. ${SAFE}`,
  back: `SDA can be reached again. ${SAFE} ${BACK}`,
};

// Whether the server of this page delivers its script; asking for the page itself would start a kernel.
const answers = () => {
  const script = new URL("voila/static/voila.js", location.origin + location.pathname.replace(/[^/]*$/, ""));
  return fetch(script, { cache: "no-store" }).then(({ ok }) => ok, () => false);
};

export default widget(({ model, el, onStop }) => {
  const text = make("span");
  const reload = makeButton("Reload the page", comeBack);
  const alert = make("div", { className: "sda-kernel-watch", role: "alert", hidden: true }, text, reload);
  el.append(alert);
  const kernel = model.widget_manager.kernel;
  if (!kernel) return;
  let timer = 0;
  let isLost = false;

  function say(words) {
    if (text.textContent !== words) text.textContent = words; // screen readers read it out once
    alert.hidden = !words;
    reload.hidden = !isServed;
  }

  // Without a server a reload would leave the browser's own error in place of the page.
  async function comeBack() {
    reload.disabled = true;
    const isThere = !isLost || (await answers());
    reload.disabled = false;
    if (isThere) location.reload();
    else say(WORDS.still);
  }

  async function look() {
    const isThere = isServed && (await answers());
    if (!isLost) return;
    if (isThere) say(WORDS.back);
    timer = setTimeout(look, AGAIN);
  }

  function lose() {
    isLost = true;
    say(WORDS.lost);
    timer = setTimeout(look, AGAIN);
  }

  const watch = () => {
    const isConnected = kernel.connectionStatus === "connected";
    if (isLost && !isConnected && !ENDED.has(kernel.status)) return; // said already
    clearTimeout(timer);
    isLost = false;
    if (ENDED.has(kernel.status)) say(WORDS.ended);
    else if (isConnected) say("");
    else timer = setTimeout(lose, PATIENCE);
  };
  kernel.statusChanged.connect(watch);
  kernel.connectionStatusChanged.connect(watch);
  onStop(() => {
    clearTimeout(timer);
    isLost = false;
    kernel.statusChanged.disconnect(watch);
    kernel.connectionStatusChanged.disconnect(watch);
  });
});
