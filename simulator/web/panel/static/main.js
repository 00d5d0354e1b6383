/* The stream brings the whole state; this spreads it and moves the levers. */

import { ask, dayOf, timeOf } from "./calls.js";
import * as doors from "./doors.js";
import * as phones from "./phones.js";
import * as pulses from "./pulses.js";
import * as side from "./side.js";

const clock = document.getElementById("clock");
const day = document.getElementById("day");
const synced = document.getElementById("synced");
const speed = document.getElementById("speed");
const rates = { couriers: document.getElementById("couriers"), residents: document.getElementById("residents") };
let picked = null;
let state = null;
let anchor = null;

const worldNow = () => anchor.at + (performance.now() - anchor.real) * anchor.speed;

function draw() {
  if (!state) return;
  const chosen = picked ?? state.pulses.at(-1)?.door ?? doors.first;
  doors.show(state.doors, chosen);
  side.show(state, chosen);
}

function take(now) {
  state = now;
  anchor = { at: Date.parse(now.clock.now), real: performance.now(), speed: now.clock.speed };
  draw();
  phones.show(now.phones);
  phones.showCodes(now.authenticator);
  leave(speed, "value", String(now.clock.speed));
  leave(synced, "checked", now.clock.synced);
  leave(rates.couriers, "value", String(now.people.couriers_per_hour));
  leave(rates.residents, "value", String(now.people.residents_per_hour));
  document.getElementById("sealed").hidden = now.daemon.sealed === null;
  tick();
}

/* nobody's typing is overwritten */
function leave(control, key, value) {
  if (document.activeElement !== control) control[key] = value;
}

function tick() {
  if (!anchor) return;
  const now = worldNow();
  clock.textContent = timeOf(now);
  day.textContent = dayOf(now);
  pulses.show(state.pulses, now);
}

/* until somebody picks a door, the one whose coil fired last is shown */
doors.whenChosen((id) => {
  picked = id;
  draw();
}, () => picked);

for (const button of document.querySelectorAll("[data-advance], [data-jump]")) {
  button.addEventListener("click", async () => {
    const { advance, jump } = button.dataset;
    button.setAttribute("aria-busy", "true");
    await ask("/clock", advance ? { advance_s: Number(advance) } : { jump_s: Number(jump) });
    button.removeAttribute("aria-busy");
  });
}
synced.addEventListener("change", () => ask("/clock", { synced: synced.checked }));
speed.addEventListener("change", () => ask("/clock", { speed: Number(speed.value) }));
for (const field of Object.values(rates)) {
  field.addEventListener("change", () =>
    ask("/people", { couriers_per_hour: Number(rates.couriers.value), residents_per_hour: Number(rates.residents.value) }));
}
document.getElementById("scan").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("/scan", { text: document.getElementById("text").value });
});

const stream = new EventSource("/live");
const stale = document.getElementById("stale");
stream.addEventListener("message", (event) => take(JSON.parse(event.data)));
stream.addEventListener("open", () => { stale.hidden = true; });
stream.addEventListener("error", () => { stale.hidden = false; });
setInterval(tick, 250);
