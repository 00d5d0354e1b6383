/* The residents' phones with their latest messages; a QR is shown to the reader by a click. */

import { ask, element, drawn, timeOf } from "./calls.js";

const place = document.getElementById("phones");
const nobody = document.getElementById("no-phones");
const shown = new Map();

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
  const code = message.data.code;
  const spacedCode = code ? [...new Set([code, `${code.slice(0, 4)} ${code.slice(4)}`, `${code.slice(0, 3)} ${code.slice(3)}`])] : [];
  const found = spacedCode.find((one) => message.text.includes(one));
  if (!found) {
    bubble.append(message.text);
  } else {
    const [before, ...after] = message.text.split(found);
    bubble.append(before, element("b", {}, found), after.join(found));
  }
  return bubble;
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
