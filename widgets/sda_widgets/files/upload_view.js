// Shared by the widgets that take files from the browser: Python puts this text before theirs (common/esm.py), because
// a widget's module cannot import another. A file is sent in parts, each after the last has arrived, so that no message
// is large and none waits in memory.

const PART = 1 << 20; // bytes

const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

// Whether a name has the suffix of a readable sound.
const isSound = (model, name) => model.get("suffixes").includes(name.slice(name.lastIndexOf(".")).toLowerCase());

// Why a file is refused before sending, or nothing; `else_` is the advice for a file that is too large. Python checks
// again.
function unfit(model, file, else_) {
  if (!isSound(model, file.name)) return `${file.name} is no sound that can be read; choose ${model.get("readable")}.`;
  if (!file.size) return `${file.name} is empty; choose another file.`;
  const largest = model.get("largest");
  if (file.size > largest) return `${file.name} has ${megabytes(file.size)} MB, more than ${megabytes(largest)}; ${else_}.`;
  return "";
}

const unreadable = (file) => `${file.name} can't be read; choose a file that stands still.`;

// The bytes of the part that begins at an offset; null when the file can't be read.
async function partOf(file, offset) {
  try {
    return await file.slice(offset, offset + PART).arrayBuffer();
  } catch {
    return null;
  }
}

// Call `take` with files dropped anywhere on the page of `el` while it is shown; the browser would otherwise open a
// file that misses the drop zone. Returns a function that removes the listeners.
function whenDropped(el, zone, take, isReady = () => true) {
  let leaving = 0;
  function onDrag(event) {
    if (!event.dataTransfer?.types.includes("Files") || !el.closest(".sda-app")?.contains(event.target)) return;
    event.preventDefault();
    zone.classList.toggle("sda-over", event.type === "dragover" && isReady());
    clearTimeout(leaving);
    if (event.type === "dragover") leaving = setTimeout(() => zone.classList.remove("sda-over"), 300);
    const isShown = el.checkVisibility?.({ visibilityProperty: true }) ?? true;
    if (event.type === "drop" && isShown) take(event.dataTransfer);
  }
  for (const type of ["dragover", "drop"]) document.addEventListener(type, onDrag);
  return () => {
    for (const type of ["dragover", "drop"]) document.removeEventListener(type, onDrag);
  };
}
