// The page's clock: beats while a page is open and Python wants it. With the page gone the beats end, and so does
// all polling in the kernel.
function render({ model }) {
  let timer = 0;
  function beat() {
    try {
      model.send({ kind: "beat" });
    } catch {
      clearInterval(timer); // a page that is being left has no kernel any more, for a moment
    }
  }
  function wind() {
    clearInterval(timer);
    if (model.get("beating")) timer = setInterval(beat, model.get("milliseconds"));
  }
  model.on("change:beating", wind);
  wind();
  return () => {
    clearInterval(timer);
    model.off("change:beating", wind);
  };
}
export default { render };
