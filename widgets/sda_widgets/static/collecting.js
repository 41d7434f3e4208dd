// Many files from the browser, one after the other and each part by part, so that none waits in memory.

const PART = 1 << 20; // bytes

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

function render({ model, el }) {
  const input = make("input", { type: "file", multiple: true, accept: model.get("suffixes").join(","), hidden: true });
  const pick = make("button", { className: "jupyter-button", type: "button" }, "Choose files");
  const MB = megabytes(model.get("largest"));
  const about = make("span", { className: "sda-collect-about" }, `or drop them on the page: up to ${model.get("most")} sounds of up to ${MB} MB.`);
  const bar = make("div", { className: "sda-collect-bar", hidden: true }, make("div"));
  const note = make("p", { className: "sda-quiet", role: "status" });
  const zone = make("div", { className: "sda-collect" }, pick, about, input);
  el.append(make("div", { className: "sda-collecting" }, zone, bar, note));

  let queue = []; // files that wait
  let sending = null; // { id, file }
  let [came, of] = [0, 0];
  let refused = []; // why, of each file that was left out

  function refusal(file) {
    const suffix = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
    if (!model.get("suffixes").includes(suffix)) return `${file.name} is no sound that can be read; choose ${model.get("readable")}.`;
    if (!file.size) return `${file.name} is empty; choose another file.`;
    if (file.size > model.get("largest")) return `${file.name} has ${megabytes(file.size)} MB, more than ${MB}; copy it to this machine.`;
    return "";
  }

  function paint() {
    const done = came + refused.length;
    bar.hidden = !sending;
    bar.firstChild.style.width = `${(100 * done) / Math.max(1, of)}%`;
    const left = refused.length ? ` ${refused.length} left out: ${refused[0]}` : "";
    note.textContent = of ? `${came} of ${of} came.${left}` : "";
    note.classList.toggle("sda-wrong", refused.length > 0);
    pick.disabled = Boolean(sending);
  }

  function next() {
    sending = null;
    while (queue.length && !sending) {
      const file = queue.shift();
      const why = refusal(file);
      if (why) refused.push(why);
      else sending = { id: `${Date.now()}-${Math.random()}`, file };
    }
    paint();
    if (sending) model.send({ kind: "begin", id: sending.id, name: sending.file.name, size: sending.file.size });
    else if (came) model.send({ kind: "all" });
  }

  function take(files) {
    if (!files.length) return;
    if (!sending) [came, of, refused] = [0, 0, []];
    queue.push(...files);
    of += files.length;
    if (sending) paint();
    else next();
  }

  async function sendPart(offset) {
    const own = sending;
    let bytes;
    try {
      bytes = await own.file.slice(offset, offset + PART).arrayBuffer();
    } catch {
      refused.push(`${own.file.name} can't be read; choose a file that stands still.`);
      return next();
    }
    if (sending === own) model.send({ kind: "part", id: own.id, offset }, undefined, [bytes]);
  }

  function hear(message) {
    if (!sending || message.id !== sending.id) return;
    if (message.kind === "go") return sendPart(message.offset);
    if (message.kind === "done") came += 1;
    else refused.push(message.why);
    next();
  }

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const isHere = (event) => el.closest(".sda-app")?.contains(event.target);
  const isShown = () => el.checkVisibility?.({ visibilityProperty: true }) ?? true;
  let leaving = 0;
  // Anywhere on the page: a file that misses the zone would otherwise be opened in the page's place.
  function onDrag(event) {
    if (!carriesFiles(event) || !isHere(event)) return;
    event.preventDefault();
    zone.classList.toggle("sda-over", event.type === "dragover");
    clearTimeout(leaving);
    if (event.type === "dragover") leaving = setTimeout(() => zone.classList.remove("sda-over"), 300);
    if (event.type === "drop" && isShown()) take([...event.dataTransfer.files]);
  }

  pick.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  for (const type of ["dragover", "drop"]) document.addEventListener(type, onDrag);
  model.on("msg:custom", hear);
  paint();
  return () => {
    for (const type of ["dragover", "drop"]) document.removeEventListener(type, onDrag);
    model.off("msg:custom", hear);
  };
}

export default { render };
