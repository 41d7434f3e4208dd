// Findings of a health check, each with the command that fixes it: copied, or set up in the training tab.
import { make, makeButton, widget } from "../common/dom.js";

const COPIED_MS = 1500; // for which "Copied" is shown
const LAYOUT_MS = 150; // until the page has laid out the filled-in form

// Copy a node's text; where the page may not use the clipboard, select it instead.
async function copy(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(node);
    return document.execCommand("copy");
  }
}

export default widget(({ model, el, on, follow }) => {
  const list = make("ul");
  el.append(list);

  async function showCopied(button, code) {
    button.textContent = (await copy(code)) ? "Copied" : "Selected";
    setTimeout(() => (button.textContent = "Copy"), COPIED_MS);
  }

  function showForm() {
    const form = (el.closest(".sda-app") ?? document).querySelector(".sda-train-form");
    form?.scrollIntoView({ block: "start" });
    form?.querySelector("input")?.focus({ preventScroll: true });
  }

  function row({ findings, command, trains }, number) {
    const item = make("li");
    for (const [severity, sentence] of findings)
      item.append(make("span", { className: `sda-severity sda-${severity}` }, severity), make("span", {}, sentence));
    if (!command) return item;
    const code = make("code", {}, command);
    const buttons = [makeButton("Copy", (button) => showCopied(button, code), { title: "Copy the command" })];
    const title = "Fill in the training form with this command; you start it";
    const setUp = () => model.send({ kind: "train", number });
    if (trains) buttons.unshift(makeButton("Set up this training", setUp, { title }));
    item.append(make("div", { className: "sda-fix" }, code, ...buttons));
    return item;
  }

  const paint = () => list.replaceChildren(...model.get("items").map(row));
  on(model, "msg:custom", ({ kind }) => kind === "filled" && setTimeout(showForm, LAYOUT_MS));
  follow("items", paint);
});
