/* One door at a time: truth beside belief, hands, faults; and the faults of the wires. */

import { ask, timeOf } from "./calls.js";

const title = document.getElementById("one");
const how = document.getElementById("how");
const hands = [...document.querySelectorAll("[data-hand]")];
const faults = [...document.querySelectorAll("[data-fault]")];
const wires = [...document.querySelectorAll("select[data-bank]")];
const notices = document.getElementById("wire-notices");
let at = null;
let expected = null;

const path = () => `/doors/${encodeURIComponent(at)}`;

for (const hand of hands) {
  hand.addEventListener("click", () => {
    const body = { do: hand.dataset.hand };
    if (body.do === "put") body.load = expected || "parcel";
    ask(path(), body);
  });
}
for (const box of faults) {
  box.addEventListener("change", () => ask(`${path()}/fault`, { kind: box.dataset.fault, on: box.checked }));
}
document.querySelector("[data-force]").addEventListener("click", () => ask(`${path()}/fault`, { kind: "forced", on: true }));
for (const wire of wires) {
  wire.addEventListener("change", () => only(wire, `/banks/${encodeURIComponent(wire.dataset.bank)}/fault`));
}
notices.addEventListener("change", () => only(notices, "/phones/fault"));

async function only(select, where) {
  for (const { value } of select.options) {
    if (value) await ask(where, { kind: value, on: value === select.value });
  }
}

export function show(now, chosen) {
  at = chosen;
  const door = now.doors[chosen];
  const word = now.daemon.doors[chosen];
  expected = word ? word.parcel : null;
  title.textContent = `Door ${chosen}`;
  rows(door, word, now.pulses.findLast((pulse) => pulse.door === chosen));
  how.textContent = door.open ? "Choose the door in the drawing again to push it shut." : door.latched ? "Latched. Only its coil opens it." : "Unlatched. A pull opens it.";
  for (const hand of hands) {
    const { hand: act } = hand.dataset;
    const may = { pull: !door.latched && !door.wide, push: door.open, put: door.open && !door.load, take: door.open && door.load };
    hand.disabled = !may[act];
  }
  for (const box of faults) set(box, "checked", door.faults.includes(box.dataset.fault));
  for (const wire of wires) set(wire, "value", now.banks[wire.dataset.bank][0] || "");
  set(notices, "value", now.notices[0] || "");
}

function set(control, key, value) {
  if (control[key] !== value && document.activeElement !== control) control[key] = value;
  else if (key === "checked") control[key] = value;
}

function rows(door, word, pulse) {
  const stands = door.open ? (door.wide ? "open" : "ajar") : "shut";
  const seen = word ? word.seen : "not asked yet";
  row("door", stands, seen, word && (word.seen === "open") !== door.open);
  row("latch", door.latched ? "hooked" : "released", word && word.ordered ? `ordered ${timeOf(word.ordered)}` : "no order");
  row("coil", coil(door, pulse), word && word.pulses ? `${word.pulses} pulse${word.pulses > 1 ? "s" : ""} ordered` : "at rest");
  row("inside", door.load ?? "nothing", word ? word.parcel ?? "nothing" : "", word && word.use === "loaded" && door.load === null);
  row("use", "", word ? word.use : "");
}

function coil(door, pulse) {
  if (door.coil) return "energised";
  return pulse && pulse.ms ? `at rest, ${pulse.ms} ms at ${timeOf(pulse.at)}` : "at rest";
}

function row(name, world, daemon, differs = false) {
  const line = document.getElementById(`row-${name}`);
  const [, left, right] = line.children;
  if (left.textContent !== world) left.textContent = world;
  if (right.textContent !== daemon) right.textContent = daemon;
  line.classList.toggle("differs", Boolean(differs));
}
