// Upload of many files and folders from the browser, one file after the other. Sending is in files/upload_view.js.

const MOST_ENTRIES = 20000; // of a folder that are examined

// Every dropped file, in the order of its path; folders are searched recursively. `many` is set when there were more
// than MOST_ENTRIES.
async function filesIn(entries) {
  const found = [];
  const waiting = entries.map((entry) => ({ entry, inside: false }));
  let seen = 0;
  for (; waiting.length && seen < MOST_ENTRIES; seen += 1) {
    const { entry, inside } = waiting.shift();
    if (!entry.isDirectory) {
      found.push({ entry, inside });
      continue;
    }
    const all = (await entriesOf(entry)).sort((one, other) => one.name.localeCompare(other.name));
    waiting.unshift(...all.map((entry) => ({ entry, inside: true })));
  }
  return { found, many: waiting.length > 0 };
}

// Entries of a folder; the browser returns them in batches. An unreadable folder counts as empty.
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return all;
    all.push(...some);
  }
}

const fileOf = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(null)));

const counted = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

function render({ model, el }) {
  const most = model.get("most");
  const input = make("input", { type: "file", multiple: true, accept: model.get("suffixes").join(","), hidden: true });
  const pick = make("button", { className: "jupyter-button", type: "button" }, "Choose files");
  const limits = `up to ${most} sounds of up to ${megabytes(model.get("largest"))} MB`;
  const about = make("span", { className: "sda-collect-about" }, `or drop them, or a folder, on the page: ${limits}.`);
  const bar = make("div", { className: "sda-collect-bar", hidden: true }, make("div"));
  const note = make("p", { className: "sda-quiet", role: "status" });
  const zone = make("div", { className: "sda-collect" }, pick, about, input);
  el.append(make("div", { className: "sda-collecting" }, zone, bar, note));

  let queue = []; // files still to send
  let sending = null; // { id, file }
  let looking = false; // folders are being searched
  let [came, of] = [0, 0];
  let refused = []; // the reason for each skipped file
  let passed = []; // other remarks about folders

  function paint() {
    const done = came + refused.length;
    bar.hidden = !sending;
    bar.firstChild.style.width = `${(100 * done) / Math.max(1, of)}%`;
    const left = refused.length ? `${refused.length} left out: ${refused[0]}` : "";
    const said = [of ? `${came} of ${of} came.` : "", left, ...passed, looking ? "Looking into the folder …" : ""];
    note.textContent = said.filter(Boolean).join(" ");
    note.classList.toggle("sda-wrong", refused.length > 0);
    pick.disabled = Boolean(sending) || looking;
  }

  function next() {
    sending = null;
    while (queue.length && !sending) {
      const file = queue.shift();
      const why = unfit(model, file, "copy it to this machine");
      if (why) refused.push(why);
      else sending = { id: `${Date.now()}-${Math.random()}`, file };
    }
    paint();
    if (sending) model.send({ kind: "begin", id: sending.id, name: sending.file.name, size: sending.file.size });
    else if (came) model.send({ kind: "all" });
  }

  function begin() {
    if (!sending) [came, of, refused, passed] = [0, 0, [], []];
  }

  function take(files) {
    queue.push(...files);
    of += files.length;
    if (sending) paint();
    else if (files.length) next();
  }

  // Of dropped files each is taken or refused; of folders the sounds are taken and the other files only counted.
  async function takeDropped(carried) {
    if (looking) return;
    const entries = [...carried.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean); // before any await
    begin();
    if (!entries.some((entry) => entry.isDirectory)) return take([...carried.files]);
    looking = true;
    paint();
    const { found, many } = await filesIn(entries);
    const wanted = found.filter(({ entry, inside }) => !inside || isSound(model, entry.name));
    const chosen = wanted.slice(0, most);
    const files = (await Promise.all(chosen.map(({ entry }) => fileOf(entry)))).filter(Boolean);
    looking = false;
    const [others, over] = [found.length - wanted.length, wanted.length - chosen.length];
    const shut = chosen.length - files.length;
    if (others) passed.push(`${counted(others, "other file")} passed over.`);
    if (over) passed.push(`${counted(over, "sound")} left out: ${most} can come this way; copy the folder here.`);
    if (shut) passed.push(`${counted(shut, "file")} can't be read.`);
    if (many) passed.push("There are too many files in it to look at all of them.");
    if (!files.length) passed.push(`There is no sound in it; choose one with ${model.get("readable")}.`);
    take(files);
    paint();
  }

  async function sendPart(offset) {
    const own = sending;
    const bytes = await partOf(own.file, offset);
    if (sending !== own) return;
    if (bytes) return model.send({ kind: "part", id: own.id, offset }, undefined, [bytes]);
    refused.push(unreadable(own.file));
    next();
  }

  function hear(message) {
    if (!sending || message.id !== sending.id) return;
    if (message.kind === "go") return sendPart(message.offset);
    if (message.kind === "done") came += 1;
    else refused.push(message.why);
    next();
  }

  pick.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    begin();
    take([...input.files]);
    input.value = "";
  });
  const endDrops = whenDropped(el, zone, takeDropped);
  model.on("msg:custom", hear);
  paint();
  return () => {
    endDrops();
    model.off("msg:custom", hear);
  };
}

export default { render };
