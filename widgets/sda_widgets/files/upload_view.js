// What the windows share that take files from the browser: Python puts this text before theirs (common/esm.py), because
// a module of the page can't import another. A file goes in parts, the next one only when the last has arrived, so that
// no message is large and none waits in memory.

const PART = 1 << 20; // bytes

const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

// Whether a name ends like a sound that can be read.
const isSound = (model, name) => model.get("suffixes").includes(name.slice(name.lastIndexOf(".")).toLowerCase());

// Why a file is not even sent, or nothing; `else_` is what to do with one that is too large. Python looks again.
function unfit(model, file, else_) {
  if (!isSound(model, file.name)) return `${file.name} is no sound that can be read; choose ${model.get("readable")}.`;
  if (!file.size) return `${file.name} is empty; choose another file.`;
  const largest = model.get("largest");
  if (file.size > largest) return `${file.name} has ${megabytes(file.size)} MB, more than ${megabytes(largest)}; ${else_}.`;
  return "";
}

const unreadable = (file) => `${file.name} can't be read; choose a file that stands still.`;

// The bytes of the part that begins at an offset; nothing when the file can't be read.
async function partOf(file, offset) {
  try {
    return await file.slice(offset, offset + PART).arrayBuffer();
  } catch {
    return null;
  }
}

// Calls `take` with what is dropped anywhere on the page of `el`, while that is shown: a file that misses the zone would
// otherwise be opened in the page's place. Returns what ends it.
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
