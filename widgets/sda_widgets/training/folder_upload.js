// Upload of many files and folders from the browser, one file after the other.
import { make, widget } from "../common/dom.js";
import { acceptDrops, isSound, makeBar, makeNote, makeSender, makeZone, megabytes, rejection } from "../files/send_files.js";

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

const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

export default widget(({ model, el, on }) => {
  const most = model.get("most");
  const limits = `up to ${most} sounds of up to ${megabytes(model.get("largest"))} MB`;
  const about = `or drop them, or a folder, on the page: ${limits}.`;
  const { pick, zone } = makeZone({ on }, model, "Choose files", about, enqueueChosen, { multiple: true });
  const { bar, fill } = makeBar();
  const { note, say } = makeNote();
  el.append(make("div", { className: "sda-collecting" }, zone, bar, note));

  const sender = makeSender({ on }, model, () => {}, (error) => {
    if (error) rejected.push(error);
    else received += 1;
    sendNext();
  });
  let queue = []; // files still to send
  let isSearching = false; // through folders
  let [received, total] = [0, 0];
  let rejected = []; // the reason for each skipped file
  let remarks = []; // on folders

  function paint() {
    bar.hidden = !sender.isBusy();
    fill((received + rejected.length) / Math.max(1, total));
    const skipped = rejected.length ? `${rejected.length} skipped: ${rejected[0]}` : "";
    const sentences = [total ? `${received} of ${total} received.` : "", skipped, ...remarks];
    say([...sentences, isSearching ? "Searching the folder …" : ""].filter(Boolean).join(" "), rejected.length > 0);
    pick.disabled = sender.isBusy() || isSearching;
  }

  function sendNext() {
    while (queue.length && !sender.isBusy()) {
      const file = queue.shift();
      const reason = rejection(model, file, "copy it to this machine");
      if (reason) rejected.push(reason);
      else sender.begin(file);
    }
    paint();
    if (!sender.isBusy() && received) model.send({ kind: "all" });
  }

  function reset() {
    if (!sender.isBusy()) [received, total, rejected, remarks] = [0, 0, [], []];
  }

  function enqueue(files) {
    queue.push(...files);
    total += files.length;
    if (sender.isBusy()) paint();
    else if (files.length) sendNext();
  }

  function enqueueChosen(files) {
    reset();
    enqueue(files);
  }

  // Each dropped file is sent or rejected; of folders the sounds are sent and the other files only counted.
  async function enqueueDropped(dropped) {
    if (isSearching) return;
    const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean); // before any await
    reset();
    if (!entries.some((entry) => entry.isDirectory)) return enqueue([...dropped.files]);
    isSearching = true;
    paint();
    const { found, many } = await filesIn(entries);
    const sounds = found.filter(({ entry, inside }) => !inside || isSound(model, entry.name));
    const chosen = sounds.slice(0, most);
    const files = (await Promise.all(chosen.map(({ entry }) => fileOf(entry)))).filter(Boolean);
    isSearching = false;
    const [others, excess] = [found.length - sounds.length, sounds.length - chosen.length];
    const unreadable = chosen.length - files.length;
    if (others) remarks.push(`${counted(others, "other file")} ignored.`);
    if (excess) remarks.push(`${counted(excess, "sound")} skipped: the limit here is ${most}; copy the folder to this machine.`);
    if (unreadable) remarks.push(`${counted(unreadable, "file")} can't be read.`);
    if (many) remarks.push("The folder has too many files to search all of them.");
    if (!files.length) remarks.push(`It contains no sounds; choose one with ${model.get("readable")}.`);
    enqueue(files);
    paint();
  }

  acceptDrops({ on }, el, zone, enqueueDropped);
  paint();
});
