/* The residents' phones with their latest messages; a QR is shown to the reader by a click. */

import { ask, element, drawn, timeOf } from "./calls.js";

const place = document.getElementById("phones");
const nobody = document.getElementById("no-phones");
const shown = new Map();

export function showCodes(codes) {
  const names = Object.keys(codes);
  document.getElementById("authenticator").hidden = names.length === 0;
  document.getElementById("codes").replaceChildren(...names.map((name) =>
    element("p", {}, `${name}: `, element("b", { class: "num" }, `${codes[name].slice(0, 3)} ${codes[name].slice(3)}`))));
}

export function show(phones) {
  nobody.hidden = phones.length > 0;
  const numbers = new Set(phones.map((phone) => phone.number));
  for (const [number, { node }] of shown) {
    if (!numbers.has(number)) {
      node.remove();
      shown.delete(number);
    }
  }
  phones.forEach((phone, place_) => {
    const key = JSON.stringify(phone);
    const before = shown.get(phone.number);
    const node = before && before.key === key ? before.node : draw(phone);
    if (before && before.node !== node) before.node.replaceWith(node);
    if (place.children[place_] !== node) place.insertBefore(node, place.children[place_] ?? null);
    shown.set(phone.number, { key, node });
  });
}

function draw(phone) {
  const head = element("header", {}, element("b", {}, phone.owner || "Phone"), element("span", { class: "num" }, spaced(phone.number)));
  const node = element("article", { class: phone.messages.length ? "phone" : "phone is-shut" }, head);
  for (const message of phone.messages) node.append(text(message));
  const latest = phone.messages.findLast((message) => message.data.token);
  if (latest) node.append(element("div", { class: "btns" }, reader(latest.data.token)));
  return node;
}

function text(message) {
  const bubble = element("div", { class: "msg", lang: message.language }, element("time", {}, timeOf(message.at)));
  const { code, link } = message.data;
  const spacedCode = code ? [...new Set([code, `${code.slice(0, 4)} ${code.slice(4)}`, `${code.slice(0, 3)} ${code.slice(3)}`])] : [];
  let parts = marked([message.text], spacedCode.find((one) => message.text.includes(one)), (found) => element("b", {}, found));
  if (/^https?:/.test(link ?? "")) {
    const page = (found) => element("a", { href: found, target: "_blank", rel: "noopener noreferrer" }, found);
    parts = marked(parts, link, page);
  }
  bubble.append(...parts);
  return bubble;
}

/* The parts with the first place where one of them says `found` made into a node. */
function marked(parts, found, node) {
  const at = found ? parts.findIndex((part) => typeof part === "string" && part.includes(found)) : -1;
  if (at < 0) return parts;
  const [before, ...after] = parts[at].split(found);
  return [...parts.slice(0, at), before, node(found), after.join(found), ...parts.slice(at + 1)];
}

function reader(token) {
  const sign = drawn("svg", { class: "i", "aria-hidden": "true" });
  sign.append(drawn("use", { href: "#i-qr" }));
  const button = element("button", { class: "btn", type: "button" }, sign, "Show QR to reader");
  button.addEventListener("click", () => ask("/scan", { text: token }));
  return button;
}

function spaced(number) {
  return number.replace(/^86(?=1\d{10}$)/, "").replace(/^(\d{3})(\d{4})(\d{4})$/, "$1 $2 $3");
}
