() => {
  // What of the page does not fit, in words.
  const app = document.querySelector(".sda-app");
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && node.getClientRects().length > 0;
  const nodes = [...app.querySelectorAll("*")].filter((node) => isShown(node) && !node.closest("svg *, .sda-unseen"));
  const words = (node) => `<${node.className.baseVal ?? node.className}> "${(node.getAttribute("aria-label") ?? node.value ?? node.textContent).trim().replace(/\s+/g, " ").slice(0, 60)}"`;
  const style = (node) => getComputedStyle(node);
  const scrolls = (node, axis) => {
    const [size, room, overflow] = axis === "y"
      ? [node.scrollHeight, node.clientHeight, style(node).overflowY]
      : [node.scrollWidth, node.clientWidth, style(node).overflowX];
    return ["auto", "scroll"].includes(overflow) && size > room + 1;
  };
  const ancestors = (node) => {
    const all = [];
    for (let one = node.parentElement; one && app.contains(one); one = one.parentElement) all.push(one);
    return all.filter((one) => style(one).display !== "contents");
  };
  const hasText = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  const found = [];

  const { scrollHeight, clientHeight, scrollWidth, clientWidth } = document.scrollingElement;
  if (scrollHeight > clientHeight || scrollWidth > clientWidth) found.push(`page scrolls: ${scrollWidth}x${scrollHeight} in ${clientWidth}x${clientHeight}`);

  for (const node of nodes) {
    const { overflowX, textOverflow } = style(node);
    const isCut = hasText(node) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && ["hidden", "clip"].includes(overflowX);
    if (isCut) found.push(`${textOverflow === "ellipsis" ? "shortened" : "cut off"}: ${words(node)} ${node.scrollWidth} in ${node.clientWidth}`);
    if (node.matches("select")) {
      const probe = document.createElement("span");
      probe.style.cssText = `position: fixed; white-space: pre; font: ${style(node).font}`;
      probe.textContent = node.selectedOptions[0]?.text ?? "";
      app.append(probe);
      const need = probe.getBoundingClientRect().width + parseFloat(style(node).paddingLeft) + parseFloat(style(node).paddingRight);
      probe.remove();
      if (!node.size && need > node.clientWidth + 2) found.push(`shortened: select "${node.selectedOptions[0].text}" ${Math.round(need)} in ${node.clientWidth}`);
    }
    if (node.matches("input:is([type=text], :not([type]))") && node.scrollWidth > node.clientWidth + 1) found.push(`shortened: input "${node.value}"`);
    if (node.matches("input[placeholder]") && !node.value) {
      const probe = document.createElement("span");
      probe.style.cssText = `position: fixed; white-space: pre; font: ${style(node).font}`;
      probe.textContent = node.placeholder;
      app.append(probe);
      const need = probe.getBoundingClientRect().width + parseFloat(style(node).paddingLeft) + parseFloat(style(node).paddingRight);
      probe.remove();
      if (need > node.clientWidth + 2) found.push(`shortened: placeholder "${node.placeholder}" ${Math.round(need)} in ${node.clientWidth}`);
    }
    for (const axis of ["y", "x"]) {
      if (!scrolls(node, axis)) continue;
      const outer = ancestors(node).find((one) => scrolls(one, axis));
      if (outer) found.push(`scroll bar in a scroll bar (${axis}): ${words(node)} in ${words(outer)}`);
      const [size, room] = axis === "y" ? [node.scrollHeight, node.clientHeight] : [node.scrollWidth, node.clientWidth];
      found.push(`scrolls (${axis}): <${node.className}> ${size} in ${room}`);
    }
    // what an ancestor that does not scroll cuts off
    const box = node.getBoundingClientRect();
    if (!(hasText(node) || node.matches("button, input, select, img")) || box.width < 2 || node.closest("dialog")) continue;
    for (const outer of ancestors(node)) {
      const { overflowX: x, overflowY: y } = style(outer);
      const edge = outer.getBoundingClientRect();
      if (["auto", "scroll"].includes(y) && outer.scrollHeight > outer.clientHeight) break;
      const isWide = ["hidden", "clip"].includes(x) && (box.right > edge.right + 1.5 || box.left < edge.left - 1.5);
      const isTall = ["hidden", "clip"].includes(y) && (box.bottom > edge.bottom + 1.5 || box.top < edge.top - 1.5);
      if (isWide && style(outer).textOverflow === "ellipsis") { found.push(`shortened: ${words(node)}`); break; }
      if (isWide || isTall) { found.push(`outside: ${words(node)} of <${outer.className}>`); break; }
    }
  }

  // Controls whose middle another control covers.
  const controls = nodes.filter((node) => node.matches("button, input, select, [role=slider], summary") && !node.closest("dialog"));
  if (!document.querySelector("dialog[open]")) {
    for (const node of controls) {
      const box = node.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      const covers = top && top.closest("button, input, select, [role=slider], summary");
      const isInView = ancestors(node).every((one) => {
        const edge = one.getBoundingClientRect();
        return style(one).overflowY === "visible" || (box.y + box.height / 2 > edge.top && box.y + box.height / 2 < edge.bottom);
      });
      if (isInView && covers && covers !== node && !node.contains(covers) && !covers.contains(node)) found.push(`covered: ${words(node)} by ${words(covers)}`);
    }
  }

  // Labels of several lines where one is meant.
  for (const node of nodes.filter((one) => one.matches(".jupyter-button, .widget-label"))) {
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    const tops = [];
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      tops.push(...[...range.getClientRects()].filter((box) => box.width > 2).map((box) => box.top));
    }
    if (Math.max(...tops) - Math.min(...tops) > 8) found.push(`wraps: ${words(node)}`);
  }

  const place = document.querySelector(".sda-stage > .sda-shown");
  if (place) {
    const edge = place.getBoundingClientRect();
    const cards = [...place.querySelectorAll(".sda-card")].filter((one) => isShown(one) && !one.parentElement.closest(".sda-card"));
    const area = cards.reduce((sum, one) => {
      const box = one.getBoundingClientRect();
      const [wide, high] = [Math.min(box.right, edge.right) - Math.max(box.left, edge.left), Math.min(box.bottom, edge.bottom) - Math.max(box.top, edge.top)];
      return sum + Math.max(0, wide) * Math.max(0, high);
    }, 0);
    found.push(`cards fill ${Math.round((100 * area) / (edge.width * edge.height))} %`);
  }
  return [...new Set(found)];
}
