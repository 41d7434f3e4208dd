// A link that saves bytes from Python as a file, and a player for those that are a sound.
function render({ model, el }) {
  const link = document.createElement("a");
  link.className = "sda-download";
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.setAttribute("aria-label", "The exported sound");
  el.append(audio, link);
  function paint() {
    URL.revokeObjectURL(link.href);
    const content = model.get("content");
    const type = model.get("type");
    link.hidden = !content?.byteLength;
    audio.hidden = link.hidden || !type;
    audio.removeAttribute("src");
    if (link.hidden) return;
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = model.get("name");
    link.textContent = `Download ${model.get("name")} (${(content.byteLength / 1e6).toFixed(1)} MB)`;
    if (type) audio.src = link.href;
  }
  // name, type and content arrive together, in this order
  model.on("change:content", paint);
  paint();
  return () => {
    model.off("change:content", paint);
    URL.revokeObjectURL(link.href);
  };
}
export default { render };
