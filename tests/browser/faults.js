// What a designer would send back: cut off, too small, over an edge, one upon another. `least` is in rem.
(least) => {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const [w, h] = [innerWidth, innerHeight];
  const found = [];
  const name = (e) => (e.tagName + "." + e.className + " " + (e.innerText || e.value || "")).slice(0, 60);
  const shown = (e) => {
    const { visibility, clipPath } = getComputedStyle(e);
    return e.getClientRects().length && visibility !== "hidden" && clipPath !== "inset(50%)";
  };
  const sheet = document.querySelector(".sheet");
  const root = document.querySelector(".screen");
  if (root.scrollWidth > w + 1 || root.scrollHeight > h + 1) found.push("the screen scrolls");
  for (const b of (sheet || root).querySelectorAll("button")) {
    if (!shown(b)) continue;
    const r = b.getBoundingClientRect();
    if (r.width < least * rem - 1 || r.height < least * rem - 1)
      found.push(`too small ${Math.round(r.width / rem * 10) / 10}x${Math.round(r.height / rem * 10) / 10}: ${name(b)}`);
    if (r.left < -1 || r.top < -1 || r.right > w + 1 || r.bottom > h + 1) found.push("outside: " + name(b));
    if (b.scrollWidth > b.clientWidth + 2 || b.scrollHeight > b.clientHeight + 2) found.push("cut: " + name(b));
  }
  const words = (sheet || root).querySelectorAll("h1:not(.sr), h2, p, li, dd, dt, td, .cell, .field, .choice b, .unit, .told, .plate");
  for (const e of words) {
    if (!shown(e)) continue;
    const r = e.getBoundingClientRect();
    if (r.left < -1 || r.right > w + 1 || r.bottom > h + 1 || r.top < -1) found.push("outside: " + name(e));
    const { display, fontSize, overflowY, textOverflow } = getComputedStyle(e);
    if (e.scrollWidth > e.clientWidth + 2 && display !== "inline" && textOverflow !== "ellipsis" && !e.closest(".site"))
      found.push("too wide: " + name(e));
    // A line's own ink may be higher than its line; another line is not.
    if (e.scrollHeight > e.clientHeight + parseFloat(fontSize) / 2 && display !== "inline" && overflowY === "visible")
      found.push("too high: " + name(e));
  }
  const body = document.querySelector("main"), main = body.getBoundingClientRect();
  const floor = main.bottom - parseFloat(getComputedStyle(body).paddingBottom);
  const parts = "main h1:not(.sr), main p, main li, main dl, main table, main .keypad, main .keyboard, main .choices, main .boxes, main .opened, main .field, main button, main .code, main .hand > .cabinet, main .other";
  for (const e of document.querySelectorAll(parts)) {
    if (!shown(e)) continue;
    const r = e.getBoundingClientRect();
    if (r.bottom > floor + 2 || r.top < main.top - 2) found.push("over the edge of the body: " + name(e));
  }
  const boxes = [...document.querySelectorAll("main .say > *, main.typing > *, main.sizes > *")].filter(shown);
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a)) return;
    const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    if (p.bottom > q.top + 2 && q.bottom > p.top + 2 && p.right > q.left + 2 && q.right > p.left + 2)
      found.push("overlap: " + name(a) + " | " + name(b));
  }));
  return found;
}
