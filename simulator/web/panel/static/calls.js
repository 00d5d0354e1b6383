/* Everything that is asked of the simulator goes through here; what it refuses is said in one place. */

const said = document.getElementById("said");

export async function ask(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  said.textContent = answer === null ? "The simulator does not answer." : answer.ok ? "" : await reason(answer);
  return answer !== null && answer.ok;
}

async function reason(answer) {
  const told = await answer.json().catch(() => ({}));
  return typeof told.detail === "string" ? told.detail : "That cannot be read. Check what you typed.";
}

export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

export function drawn(name, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

const zone = document.body.dataset.timezone;
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium" });
const calendar = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short" });

export const timeOf = (moment) => clock.format(new Date(moment));
export const dayOf = (moment) => calendar.format(new Date(moment));
