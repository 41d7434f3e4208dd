// Findings of a health check, each with the command that fixes it: copied, or set up in the training tab.
const COPIED = 1500; // milliseconds for which "Copied" is shown
const LAID_OUT = 150; // milliseconds until the page has laid out the filled-in form

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

function render({ model, el }) {
  const list = make("ul");
  el.append(list);

  function button(text, title, act) {
    const node = make("button", { className: "jupyter-button", type: "button", title }, text);
    node.addEventListener("click", () => act(node));
    return node;
  }

  async function sayCopied(node, code) {
    node.textContent = (await copy(code)) ? "Copied" : "Selected";
    setTimeout(() => (node.textContent = "Copy"), COPIED);
  }

  // Scroll to the filled-in form, once the page has laid it out.
  function showForm() {
    const form = (el.closest(".sda-app") ?? document).querySelector(".sda-train-form");
    form?.scrollIntoView({ block: "start" });
    form?.querySelector("input")?.focus({ preventScroll: true });
  }

  function row({ findings, command, trains }, number) {
    const item = make("li");
    for (const [lamp, sentence] of findings)
      item.append(make("span", { className: `sda-lamp sda-${lamp}` }, lamp), make("span", {}, sentence));
    if (!command) return item;
    const code = make("code", {}, command);
    const acts = [button("Copy", "Copy the command", (node) => sayCopied(node, code))];
    const about = "Fill the training form in as the command says; you start it";
    if (trains) acts.unshift(button("Set up this training", about, () => model.send({ kind: "train", number })));
    item.append(make("div", { className: "sda-remedy" }, code, ...acts));
    return item;
  }

  const paint = () => list.replaceChildren(...model.get("items").map(row));
  const hear = ({ kind }) => kind === "filled" && setTimeout(showForm, LAID_OUT);
  model.on("msg:custom", hear);
  model.on("change:items", paint);
  paint();
  return () => {
    model.off("msg:custom", hear);
    model.off("change:items", paint);
  };
}

export default { render };
