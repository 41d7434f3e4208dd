// What a health check found, with the command that helps: it is copied, or set up in the training window.
const COPIED = 1500; // milliseconds that it is said
const LAID_OUT = 150; // milliseconds after which the page has its new form

// Copy what stands in a node; where the page may not reach the clipboard, it is at least selected.
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

  // The form has been filled in: let it be seen, once the page has been laid out anew.
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
