// A link that saves bytes from Python as a file, and a player for those that are a sound.
import { make, widget } from "../common/dom.js";

export default widget(({ model, el, onStop, follow }) => {
  const link = make("a", { className: "sda-download" });
  const audio = make("audio", { controls: true, "aria-label": "The exported sound" });
  el.append(audio, link);
  function paint() {
    URL.revokeObjectURL(link.href);
    const [content, type, name] = ["content", "type", "name"].map((trait) => model.get(trait));
    link.hidden = !content?.byteLength;
    audio.hidden = link.hidden || !type;
    audio.removeAttribute("src");
    if (link.hidden) return;
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.textContent = `Download ${name} (${(content.byteLength / 1e6).toFixed(1)} MB)`;
    if (type) audio.src = link.href;
  }
  follow("name content", paint); // of equal sounds the name alone changes
  onStop(() => URL.revokeObjectURL(link.href));
});
