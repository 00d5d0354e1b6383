/* A session that nobody uses ends. This says so two minutes before, one press keeps it, and typing keeps it by itself;
   a reason that was typed when it ended stands in its field again after the sign-in, for the same person only. */
"use strict";

(() => {
  const WARN_S = 120;
  const KEEP_MS = 60000;
  const KEY = "typed ";
  const dialog = document.getElementById("ending");
  const main = () => document.getElementById("main");

  /* --- what was typed --------------------------------------------------------------------------- */

  const kept = () => Object.keys(sessionStorage).filter((name) => name.startsWith(KEY));

  const reasons = () => document.querySelectorAll("input[name=reason]");

  const keep = () => {
    const fields = {};
    for (const each of reasons()) if (each.value !== each.defaultValue) fields[each.id] = each.value;
    sessionStorage.setItem(KEY + location.pathname, JSON.stringify({ staff: main().dataset.staff, fields }));
  };

  const restore = () => {
    const name = KEY + location.pathname;
    const typed = JSON.parse(sessionStorage.getItem(name) || "null");
    sessionStorage.removeItem(name);
    if (!typed || !typed.ended || typed.staff !== main().dataset.staff) return;
    for (const [id, value] of Object.entries(typed.fields)) {
      const field = document.getElementById(id);
      if (!field) continue;
      field.value = value;
      const fold = field.closest("details");
      if (fold) fold.open = true;
    }
    keep();
  };

  if (!dialog) {
    // Nobody is signed in here: what is kept was typed in a session that has ended.
    for (const name of kept()) {
      sessionStorage.setItem(name, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(name)), ended: true }));
    }
    return;
  }
  restore();
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action").startsWith("/sign-out")) for (const name of kept()) sessionStorage.removeItem(name);
  });

  /* --- how long it lasts ------------------------------------------------------------------------ */

  let said = "";
  let ends = 0;
  let sent = 0;
  let later = 0;

  const last = (seconds) => {
    ends = Date.now() + seconds * 1000;
  };

  const stay = async () => {
    clearTimeout(later);
    later = 0;
    sent = Date.now();
    const form = document.getElementById("stay");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.redirected) location.reload();
      else if (answer.ok) last(Number(await answer.text()));
    } catch {
      // The panel's header says that nothing answers.
    }
    look();
  };

  const look = () => {
    const { left, at } = main().dataset;
    if (`${left} ${at}` !== said) {
      said = `${left} ${at}`;
      last(Number(left));
    }
    const seconds = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    if (seconds <= WARN_S && !dialog.open) dialog.showModal();
    if (seconds > WARN_S && dialog.open) dialog.close();
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    document.getElementById("ending-left").textContent = clock;
  };

  const touched = () => {
    if (dialog.open || later) return;
    const wait = sent + KEEP_MS - Date.now();
    if (wait <= 0) stay();
    else later = setTimeout(stay, wait);
  };

  document.getElementById("stay").addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("input[name=reason]")) keep();
    touched();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-fill]")) setTimeout(keep, 0);
    touched();
  });
  sent = Date.now();
  look();
  setInterval(look, 1000);
})();
