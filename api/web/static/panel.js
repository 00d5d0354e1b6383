/* The panel stays live: an event says that something happened, the page fetches its newest picture and is morphed
   into it. Without this script every page and form works as well; the picture is then as of when it was loaded. */
"use strict";

(() => {
  const EVERY_MS = 10000;
  const TYPING_MS = 250;
  const SOON_MS = 50;
  // A list of all parcels is worth a second; a door is not.
  const LIST_SOON_MS = 1000;
  const live = document.getElementById("live");
  const said = document.getElementById("live-said");
  let picked = "";
  let fetching = null;
  let again = false;
  let failed = false;
  let leaving = false;
  let searches = 0;

  const main = () => document.getElementById("main");

  /* Whether a person has typed, ticked or chosen something other than what the page came with. */
  const touched = (field) => {
    if (field instanceof HTMLSelectElement) return field.dataset.chosen === "1";
    if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
    if (!(field instanceof HTMLInputElement) || field.type === "hidden") return false;
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  };

  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) event.target.dataset.chosen = "1";
  });

  /* What a person has typed, opened or chosen stays theirs while the page around it changes. */
  const callbacks = {
    beforeNodeMorphed(old, fresh) {
      return touched(old) ? !(fresh instanceof Element && fresh.id === old.id) : true;
    },
    beforeAttributeUpdated(name, element, action) {
      return !(name === "open" && element instanceof HTMLDetailsElement && action === "remove");
    },
  };

  const show = (text) => {
    const parsed = new DOMParser().parseFromString(text, "text/html").getElementById("main");
    if (!parsed) return false;
    window.Idiomorph.morph(main(), parsed, { morphStyle: "outerHTML", callbacks });
    pick(picked);
    return true;
  };

  const tell = (good) => {
    if (!live) return;
    // Said aloud when it turns, not every ten seconds.
    if (failed === good) said.textContent = good ? live.dataset.live : `${live.dataset.stale} ${main().dataset.at}`;
    failed = !good;
    live.classList.toggle("is-live", good);
    live.classList.toggle("is-stale", !good);
    const time = document.createElement("time");
    time.textContent = main().dataset.at;
    live.replaceChildren(`${good ? live.dataset.live : live.dataset.stale} `, time);
  };

  /* What this page looks for stands in its form and nowhere else: another tab looks for something else. `anew`: what
     is typed now, from its newest line on; else the page of the list that is shown. */
  const asked = (anew) => {
    const form = document.getElementById("search");
    if (!form) return undefined;
    const body = new URLSearchParams(new FormData(form));
    const chosen = form.querySelector('[aria-pressed="true"]');
    const after = document.getElementById("find-after");
    body.set("group", chosen ? chosen.value : "all");
    if (after && !anew) body.set("after", after.value);
    return body;
  };

  const refresh = async () => {
    if ("still" in main().dataset) return; // a form that somebody fills in stays as it is
    if (fetching) {
      again = true;
      return;
    }
    const before = searches;
    fetching = new AbortController();
    const timer = setTimeout(() => fetching && fetching.abort(), EVERY_MS);
    try {
      const body = asked();
      const answer = await fetch(location.href, {
        method: body ? "POST" : "GET",
        body,
        headers: { "X-Fragment": "live" },
        signal: fetching.signal,
      });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      const text = await answer.text();
      // A search that began meanwhile knows better.
      if (before === searches) tell(answer.ok && show(text));
    } catch {
      if (!leaving) tell(false);
    } finally {
      clearTimeout(timer);
      fetching = null;
    }
    if (again) {
      again = false;
      refresh();
    }
  };

  /* The legend is a filter: the doors that are not meant step back. */
  const pick = (kind) => {
    picked = kind;
    const cabinet = document.getElementById("cabinet");
    if (!cabinet) return;
    cabinet.classList.toggle("is-picked", kind !== "");
    for (const door of cabinet.querySelectorAll(".door")) {
      door.classList.toggle("is-away", kind !== "" && !door.classList.contains(kind));
    }
    for (const button of document.querySelectorAll("[data-pick]")) {
      button.setAttribute("aria-pressed", String(button.dataset.pick === kind && kind !== ""));
    }
  };

  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const button = event.target.closest("[data-pick], [data-fill]");
    if (!button) return;
    if (button.dataset.pick) pick(button.dataset.pick === picked ? "" : button.dataset.pick);
    if (button.dataset.fill) {
      const field = document.getElementById(button.dataset.fill);
      field.value = button.textContent.trim();
      field.focus();
    }
  });

  /* A search stays on its page: loaded anew it would be a form that is sent again. */
  document.addEventListener("submit", (event) => {
    if (!live || !event.target.matches("#search, #pages")) return;
    event.preventDefault();
    clearTimeout(typing);
    find(new URLSearchParams(new FormData(event.target, event.submitter)));
  });

  /* One press is one order: the button rests until the answer is here. */
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    leaving = true;
    const button = event.submitter;
    setTimeout(() => button && button.setAttribute("disabled", ""), 0);
  });

  /* The search answers while one types; what it looked for goes along with this page of the tab's own past. */
  const find = async (body) => {
    const mine = ++searches;
    const kept = Object.fromEntries(body);
    delete kept.csrf;
    history.replaceState({ find: kept, staff: main().dataset.staff }, "");
    try {
      const address = document.getElementById("search").getAttribute("action");
      const answer = await fetch(address, { method: "POST", body, headers: { "X-Fragment": "typed" } });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      const text = await answer.text();
      if (mine === searches) tell(answer.ok && show(text));
    } catch {
      tell(false);
    }
  };
  let typing = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.closest("#search")) return;
    clearTimeout(typing);
    typing = setTimeout(() => find(asked(true)), TYPING_MS);
  });
  const past = history.state;
  if (past && past.find && document.getElementById("search") && past.staff === main().dataset.staff) {
    const form = document.getElementById("search");
    for (const field of form.querySelectorAll("input:not([type=hidden]), select")) field.value = past.find[field.name] || "";
    find(new URLSearchParams({ ...past.find, csrf: form.elements.csrf.value }));
  }

  window.addEventListener("pagehide", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) location.reload();
  });

  /* A link may lead to an order: its fold stands open. */
  const aimed = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (aimed instanceof HTMLDetailsElement) aimed.open = true;

  /* On a phone the pages of a place stand in one row that may be longer than the screen. */
  document.querySelector(".within [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  const contrast = window.matchMedia("(prefers-contrast: more)");
  const theme = () => {
    if (contrast.matches) document.documentElement.dataset.theme = "contrast";
    else delete document.documentElement.dataset.theme;
  };
  contrast.addEventListener("change", theme);
  theme();

  if (live) {
    tell(true);
    let soon = 0;
    const changed = () => {
      // A tab that nobody sees looks when it is seen again.
      if (soon || document.hidden) return;
      soon = setTimeout(
        () => {
          soon = 0;
          refresh();
        },
        document.getElementById("search") ? LIST_SOON_MS : SOON_MS,
      );
    };
    window.followChanges((what) => {
      if (what === "changed") changed();
      else if (what === "lost" || failed) refresh();
    });
    setInterval(refresh, EVERY_MS);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) refresh();
    });
  }
})();
