// Clock of the page: beats while a page is open and Python has set `beating`. Without a page there are no beats, and so
// no polling in the kernel.
function render({ model }) {
  let timer = 0;
  function beat() {
    try {
      model.send({ kind: "beat" });
    } catch {
      clearInterval(timer); // while a page is being closed it has no kernel
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
