/* Verifies the case file around it and shows what it says. Opened from a disk, without a network: WebCrypto alone. */
"use strict";

(async () => {
  const DASH = "\u2014";
  const faults = [];
  const text = new TextDecoder("utf-8", { fatal: true });
  const utf8 = (words) => new TextEncoder().encode(words);
  /* Base64 has several spellings of its last bytes: only the usual one is taken. */
  const bytes = (base64) => {
    const end = base64.slice(-4);
    if (btoa(atob(end)) !== end) throw new Error("not as it is spelled");
    return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  };
  const hex = (buffer) => [...new Uint8Array(buffer)].map((each) => each.toString(16).padStart(2, "0")).join("");
  const unhex = (words) => Uint8Array.from(words.match(/../g) || [], (each) => parseInt(each, 16));
  const join = (...pieces) => {
    const whole = new Uint8Array(pieces.reduce((sum, each) => sum + each.length, 0));
    pieces.reduce((at, each) => (whole.set(each, at), at + each.length), 0);
    return whole;
  };
  const sha256 = async (content) => new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const same = (one, other) => hex(one) === hex(other);
  const fault = (part, why) => faults.push(`${part}: ${why}`);

  const key = (raw) => crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  const signed = async (raw, signature, content) =>
    crypto.subtle.verify({ name: "Ed25519" }, await key(raw), signature, content);

  /* JSON as the journal spells it before it is hashed: ASCII alone. */
  const ascii = (value) =>
    JSON.stringify(value).replace(/[\u007f-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);

  const readParts = () => {
    const parts = new Map();
    for (const block of document.querySelectorAll("script[data-part]")) {
      const name = block.dataset.part;
      if (parts.has(name)) fault(name, "stands there twice");
      try {
        parts.set(name, bytes(block.textContent));
      } catch {
        parts.set(name, new Uint8Array());
        fault(name, "was changed");
      }
    }
    return parts;
  };

  const readManifest = async (content) => {
    try {
      const envelope = JSON.parse(text.decode(content));
      const payload = bytes(envelope.payload);
      const kind = utf8("application/vnd.lockerd.case-file+json");
      const before = utf8(`DSSEv1 ${kind.length} ${text.decode(kind)} ${payload.length} `);
      const manifest = JSON.parse(text.decode(payload));
      const good =
        JSON.stringify(envelope) === text.decode(content) &&
        envelope.signatures[0].keyid === hex(await sha256(bytes(manifest.key))) &&
        envelope.payloadType === text.decode(kind) &&
        (await signed(bytes(manifest.key), bytes(envelope.signatures[0].sig), join(before, payload)));
      if (good) return manifest;
      fault("signature", "the manifest was changed since it was signed");
    } catch {
      fault("signature", "the manifest cannot be read");
    }
    return null;
  };

  const checkParts = async (parts, wanted) => {
    for (const name of Object.keys(wanted)) if (!parts.has(name)) fault(name, "is missing");
    for (const [name, content] of parts) {
      if (!(name in wanted)) fault(name, "was not signed");
      else if (hex(await sha256(content)) !== wanted[name]) fault(name, "was changed");
    }
  };

  const readCheckpoint = async (parts, manifest) => {
    try {
      const note = text.decode(parts.get("checkpoint.txt"));
      const gap = note.indexOf("\n\n");
      const said = note.slice(0, gap + 1);
      const raw = bytes(manifest.key);
      for (const line of note.slice(gap + 2).trim().split("\n")) {
        const [dash, name, encoded] = line.split(" ");
        const signature = bytes(encoded);
        const id = (await sha256(join(utf8(name), utf8("\n"), new Uint8Array([1]), raw))).slice(0, 4);
        if (dash === DASH && same(id, signature.slice(0, 4)) && (await signed(raw, signature.slice(4), utf8(said)))) {
          const [, size, root] = said.split("\n");
          return { size: Number(size), root: bytes(root) };
        }
      }
    } catch {
      /* said below */
    }
    fault("checkpoint.txt", "was changed since it was signed");
    return null;
  };

  /* RFC 9162, 2.1.3.2 */
  const rootByPath = async (leaf, index, size, path) => {
    if (!(index >= 0 && index < size)) return null;
    let place = index;
    let last = size - 1;
    let found = await sha256(join(new Uint8Array([0]), leaf));
    for (const step of path) {
      if (last === 0) return null;
      if (place % 2 === 1 || place === last) {
        found = await sha256(join(new Uint8Array([1]), step, found));
        while (place % 2 === 0 && place) {
          place = Math.floor(place / 2);
          last = Math.floor(last / 2);
        }
      } else {
        found = await sha256(join(new Uint8Array([1]), found, step));
      }
      place = Math.floor(place / 2);
      last = Math.floor(last / 2);
    }
    return last === 0 ? found : null;
  };

  const checkEvent = async (content, checkpoint) => {
    try {
      const said = JSON.parse(text.decode(content));
      if ("data" in said) {
        const line = ascii([said.before, said.seq, said.at, said.kind, said.by, said.data]);
        if (hex(await sha256(utf8(line))) !== said.hash) return "its hash does not fit what it says";
      }
      const root = await rootByPath(unhex(said.hash), said.seq - 1, checkpoint.size, said.path.map(unhex));
      return root && same(root, checkpoint.root) ? "" : "does not lead to the checkpoint";
    } catch {
      return "cannot be read";
    }
  };

  const checkProofs = async (parts, checkpoint) => {
    const told = new Set();
    for (const [name, content] of parts) {
      if (!/^events\/[0-9]+\.json$/.test(name)) continue;
      const why = await checkEvent(content, checkpoint);
      if (why) fault(name, why);
      for (const each of new TextDecoder().decode(content).match(/[0-9a-f]{64}/g) || []) told.add(each);
    }
    for (const [name, content] of parts) {
      const photo = name.match(/^photos\/([0-9a-f]{64})\.(jpg|png)$/);
      if (photo && (hex(await sha256(content)) !== photo[1] || !told.has(photo[1]))) {
        fault(name, "is not the picture of which an event tells");
      }
    }
    const listed = new Set();
    for (const [name, content] of parts) {
      const clip = name.match(/^clips\/([0-9a-f]{64})\.json$/);
      if (!clip) continue;
      if (hex(await sha256(content)) !== clip[1] || !told.has(clip[1])) fault(name, "is not the clip of which an event tells");
      else for (const each of new TextDecoder().decode(content).match(/[0-9a-f]{64}/g) || []) listed.add(each);
    }
    for (const [name, content] of parts) {
      const frame = name.match(/^frames\/([0-9a-f]{64})\.jpg$/);
      if (frame && (hex(await sha256(content)) !== frame[1] || !listed.has(frame[1]))) fault(name, "is not a frame of a clip");
    }
    try {
      for (const each of JSON.parse(text.decode(parts.get("case.json"))).entries) {
        if (each.salt && !told.has(hex(await sha256(utf8(`${each.salt}\n${each.text}`))))) {
          fault("case.json", `entry ${each.entry} is not what was written`);
        }
      }
    } catch {
      fault("case.json", "cannot be read");
    }
  };

  const element = (kind, words, className) => {
    const made = document.createElement(kind);
    if (words !== undefined) made.textContent = words;
    if (className) made.className = className;
    return made;
  };

  const picture = (parts, name, words) => {
    const made = element("img");
    made.alt = words;
    made.loading = "lazy";
    made.src = URL.createObjectURL(new Blob([parts.get(name)], { type: name.endsWith("png") ? "image/png" : "image/jpeg" }));
    return made;
  };

  /* A film strip: a few frames at once, and each with its moment where it is opened. */
  const SHOWN = 6;
  const film = (row, parts) => {
    const there = row.film.filter((frame) => parts.has(frame.part));
    const strip = element("details");
    const summary = element("summary");
    const few = element("span", undefined, "strip");
    const step = Math.max(1, (there.length - 1) / (SHOWN - 1));
    for (let at = 0; at < Math.min(SHOWN, there.length); at += 1) few.append(picture(parts, there[Math.round(at * step)].part, ""));
    summary.append(few, element("span", row.strip));
    strip.append(summary);
    const frames = element("ol", undefined, "film");
    for (const each of there) {
      const item = element("li");
      item.append(picture(parts, each.part, `${row.words} ${each.moment}`), element("span", each.moment));
      frames.append(item);
    }
    strip.append(frames);
    return strip;
  };

  const show = (parts) => {
    const json = (name) => JSON.parse(new TextDecoder().decode(parts.get(name)));
    let said;
    try {
      said = json("case.json");
    } catch {
      return;
    }
    document.title = said.title;
    document.getElementById("title").textContent = said.title;
    for (const section of said.sections) {
      const box = element("section");
      box.append(element("h2", section.heading));
      const list = element("ol");
      for (const row of section.rows) {
        const item = element("li");
        item.append(element("time", row.time), element("p", row.words));
        if (row.small) item.append(element("small", row.small));
        if (row.photo && parts.has(row.photo)) {
          item.append(picture(parts, row.photo, row.words));
        }
        if (row.film) item.append(film(row, parts));
        list.append(item);
      }
      box.append(list);
      document.getElementById("body").append(box);
    }
  };

  const parts = readParts();
  const manifest = await readManifest(parts.get("manifest") || new Uint8Array());
  parts.delete("manifest");
  if (manifest) {
    await checkParts(parts, manifest.parts);
    const checkpoint = await readCheckpoint(parts, manifest);
    if (checkpoint) await checkProofs(parts, checkpoint);
    document.getElementById("key").textContent = hex(await sha256(bytes(manifest.key)));
  }
  show(parts);
  const verdict = document.getElementById("verdict");
  verdict.className = faults.length ? "bad" : "good";
  document.getElementById(faults.length ? "said-bad" : "said-good").hidden = false;
  document.getElementById("said-not-yet").hidden = true;
  const list = document.getElementById("faults");
  for (const each of faults) list.append(element("li", each));
  verdict.dataset.done = String(faults.length);
})();
