// Files from the browser, for the widgets that send them to Python: in parts, each after the last has arrived, so that
// no message is large and none waits in memory.
import { make, makeButton, post } from "../common/dom.js";

const PART = 1 << 20; // bytes

export const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

// Whether a name has the suffix of a readable sound.
export const isSound = (model, name) => model.get("suffixes").includes(name.slice(name.lastIndexOf(".")).toLowerCase());

// Why a file is refused before sending, or ""; `advice` is for a file that is too large. Python checks again.
export function rejection(model, file, advice) {
  if (!isSound(model, file.name)) return `${file.name} is not a readable sound; choose ${model.get("readable")}.`;
  if (!file.size) return `${file.name} is empty; choose another file.`;
  const largest = model.get("largest");
  if (file.size > largest) return `${file.name} has ${megabytes(file.size)} MB, more than ${megabytes(largest)}; ${advice}.`;
  return "";
}

// Send one file at a time. `onProgress(bytes, file)` before each part; `onEnd(error)` once, with "" for success.
export function makeSender({ on }, model, onProgress, onEnd) {
  let current = null; // { id, file }

  function end(error) {
    current = null;
    onEnd(error);
  }

  function send(message, buffers) {
    if (!post(model, message, buffers)) end("The page has lost its connection; reload it.");
  }

  async function sendPart(offset) {
    const { id, file } = current;
    const bytes = await file.slice(offset, offset + PART).arrayBuffer().catch(() => null);
    if (current?.id !== id) return;
    if (!bytes) return end(`${file.name} can't be read; choose a file that no other program is changing.`);
    onProgress(offset + bytes.byteLength, file);
    send({ kind: "part", id, offset }, [bytes]);
  }

  on(model, "msg:custom", ({ id, kind, offset, error = "" }) => {
    if (id !== current?.id) return;
    if (kind === "go") sendPart(offset);
    else end(error);
  });
  return {
    isBusy: () => current !== null,
    begin(file) {
      current = { id: `${Date.now()}-${Math.random()}`, file };
      send({ kind: "begin", id: current.id, name: file.name, size: file.size });
    },
    cancel() {
      post(model, { kind: "cancel", id: current.id });
      current = null;
    },
  };
}

// A zone with a button that opens the browser's file chooser, and `about`, a text. `onChosen` gets an array of files.
export function makeZone({ on }, model, label, about, onChosen, properties = {}) {
  const input = make("input", { type: "file", accept: model.get("suffixes").join(","), hidden: true, ...properties });
  const pick = makeButton(label, () => input.click());
  on(input, "change", () => {
    onChosen([...input.files]);
    input.value = "";
  });
  return { pick, zone: make("div", { className: "sda-drop" }, pick, make("span", { className: "sda-about" }, about), input) };
}

// A bar that shows a share, 0..1.
export function makeBar() {
  const bar = make("div", { className: "sda-level" }, make("div"));
  return { bar, fill: (share) => (bar.firstChild.style.width = `${100 * share}%`) };
}

// A line for messages.
export function makeNote() {
  const note = make("p", { className: "sda-quiet", role: "status" });
  function say(text, isError = false) {
    note.textContent = text;
    note.classList.toggle("sda-wrong", isError);
  }
  return { note, say };
}

// Call `onFiles` with a DataTransfer dropped anywhere on the page of `el` while it is shown; the browser would otherwise
// open a file that misses the drop zone.
export function acceptDrops({ on }, el, zone, onFiles, isReady = () => true) {
  let leaving = 0;
  on(document, "dragover drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files") || !el.closest(".sda-app")?.contains(event.target)) return;
    event.preventDefault();
    zone.classList.toggle("sda-over", event.type === "dragover" && isReady());
    clearTimeout(leaving);
    if (event.type === "dragover") leaving = setTimeout(() => zone.classList.remove("sda-over"), 300);
    const isShown = el.checkVisibility?.({ visibilityProperty: true }) ?? true;
    if (event.type === "drop" && isShown) onFiles(event.dataTransfer);
  });
}
