// A link that saves bytes from Python as a file.
function render({ model, el }) {
  const link = document.createElement("a");
  link.className = "sda-download";
  el.append(link);
  function paint() {
    URL.revokeObjectURL(link.href);
    const content = model.get("content");
    link.hidden = !content?.byteLength;
    if (link.hidden) return;
    link.href = URL.createObjectURL(new Blob([content]));
    link.download = model.get("name");
    link.textContent = `Download ${model.get("name")} (${(content.byteLength / 1e6).toFixed(1)} MB)`;
  }
  model.on("change:name change:content", paint);
  paint();
  return () => {
    model.off("change:name change:content", paint);
    URL.revokeObjectURL(link.href);
  };
}
export default { render };
