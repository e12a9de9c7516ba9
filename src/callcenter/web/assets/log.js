// A visit log while it is typed: each field is saved on its own, and kept in this browser until the service has it.
(() => {
  "use strict";

  const TYPING_MS = 600;
  const CHOSEN_MS = 60;
  const RETRY_SECONDS = [1, 2, 4, 8, 15];
  const OLD_MS = 30 * 24 * 3600 * 1000;
  const PREFIX = "callcenter.log.";

  // --- what is not with the service yet ----------------------------------------------------------------------------

  // By log, then by field: { value, base, at }. What this page typed goes out by itself; what an earlier page left is
  // offered first.
  const kept = new Map();
  const timers = new Map();
  const sending = new Map();
  const saved = new Map();
  let failures = 0;
  let retry = null;

  const place = (log) => `${PREFIX}${document.body.dataset.who}.${log}`;

  const left = (log) => {
    try {
      return JSON.parse(localStorage.getItem(place(log)) || "{}");
    } catch {
      return {};
    }
  };

  const store = (log, fields) => {
    try {
      if (Object.keys(fields).length) localStorage.setItem(place(log), JSON.stringify(fields));
      else localStorage.removeItem(place(log));
    } catch {
      // A full or forbidden store: what is typed still goes to the service.
    }
  };

  const mine = (log) => {
    if (!kept.has(log)) kept.set(log, new Map());
    return kept.get(log);
  };

  const put = (log, name, entry) => {
    mine(log).set(name, entry);
    store(log, { ...left(log), [name]: entry });
  };

  const drop = (log, name) => {
    mine(log).delete(name);
    const fields = left(log);
    delete fields[name];
    store(log, fields);
  };

  // --- fields of the page ------------------------------------------------------------------------------------------

  const formOf = (log) => document.querySelector(`form[data-log="${CSS.escape(log)}"]`);

  const version = (form, name) => form.elements[`v-${name}`];

  const valueOf = (form, name) => {
    const field = form.elements[name];
    return field ? field.value : "";
  };

  const set = (form, name, value) => {
    const field = form.elements[name];
    if (!field) return;
    if (field instanceof RadioNodeList) for (const each of field) each.checked = each.value === value;
    else field.value = value;
  };

  const around = (form, name) => {
    const field = form.elements[name];
    const first = field instanceof RadioNodeList ? field[0] : field;
    return first ? first.closest(".field, fieldset") : null;
  };

  const labelOf = (form, name) => {
    const box = around(form, name);
    const label = box && box.querySelector("label, legend");
    return box && box.matches("fieldset") ? box.querySelector("legend").textContent : label ? label.textContent : name;
  };

  const say = (text, state) => {
    const line = document.getElementById("kept");
    if (!line || !text) return;
    const form = document.querySelector("form[data-log]");
    line.textContent = text;
    line.dataset.state = state;
    line.dataset.of = form ? form.dataset.log : "";
  };

  const words = (name) => {
    const line = document.getElementById("kept");
    return line ? line.dataset[name] : "";
  };

  // --- saving ------------------------------------------------------------------------------------------------------

  const typed = (event) => {
    const form = event.target.form;
    const name = event.target.name;
    if (!form || !form.dataset.log || !name || !version(form, name)) return;
    const log = form.dataset.log;
    const before = mine(log).get(name);
    // A field that is left tells of what was saved while it was typed.
    if (!before && event.type === "change" && saved.get(`${log} ${name}`) === valueOf(form, name)) return;
    const base = before && !before.stale ? before.base : Number(version(form, name).value);
    put(log, name, { value: valueOf(form, name), base, at: Date.now(), stale: before ? before.stale : false });
    say(words("typed"), "typed");
    const key = `${log} ${name}`;
    clearTimeout(timers.get(key));
    timers.set(key, setTimeout(() => send(log, name), event.type === "change" ? CHOSEN_MS : TYPING_MS));
  };

  const addressOf = (log) => `/desk/logs/${encodeURIComponent(log)}/fields`;

  const send = async (log, name, { last = false } = {}) => {
    const entry = mine(log).get(name);
    const key = `${log} ${name}`;
    if (!entry || entry.stale || (sending.has(key) && !last)) return;
    sending.set(key, entry);
    let answer = null;
    try {
      const body = new URLSearchParams({ name, value: entry.value, based_on: String(entry.base) });
      const headers = { Accept: "application/json" };
      const response = await fetch(addressOf(log), { method: "POST", body, headers, keepalive: last });
      if (response.status === 401) return away("out");
      if (response.ok && !response.redirected) answer = await response.json();
      else if (response.status < 500) return say((await response.json()).title, "wrong");
    } catch {
      answer = null;
    } finally {
      sending.delete(key);
    }
    if (answer) heard(log, name, entry, answer);
    else away("away");
  };

  const heard = (log, name, sent, answer) => {
    failures = 0;
    const form = formOf(log);
    const now = mine(log).get(name);
    if (answer.state === "kept") {
      if (form && version(form, name)) version(form, name).value = String(answer.version);
      saved.set(`${log} ${name}`, sent.value);
      if (!now || now.value === sent.value) drop(log, name);
      else {
        put(log, name, { ...now, base: answer.version });
        send(log, name);
        return;
      }
      if (mine(log).size === 0) say(answer.told, "saved");
      return;
    }
    if (answer.state === "closed" && !form) {
      // Closed just now, with the same words or with others: which of both is looked up.
      mine(log).delete(name);
      unsaved(log, { [name]: now || sent });
      return;
    }
    say(answer.told, "wrong");
    if (answer.state === "stale" && form && now) {
      put(log, name, { ...now, stale: true });
      stale(form, name, answer);
    }
  };

  const away = (why) => {
    say(words(why), "away");
    clearTimeout(retry);
    const pause = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)];
    failures += 1;
    retry = setTimeout(again, pause * 1000);
  };

  const again = () => {
    for (const [log, fields] of kept) for (const name of fields.keys()) send(log, name);
  };

  // --- two windows, one log ----------------------------------------------------------------------------------------

  const copyOf = (id) => {
    const template = document.getElementById(id);
    return template ? template.content.firstElementChild.cloneNode(true) : null;
  };

  const stale = (form, name, answer) => {
    const box = around(form, name);
    const note = copyOf("log-stale");
    if (!box || !note) return;
    for (const old of box.querySelectorAll(".stale")) old.remove();
    note.querySelector("[data-told]").textContent = answer.told;
    note.querySelector("[data-theirs]").textContent = answer.shown;
    note.addEventListener("click", (event) => {
      const what = event.target.dataset.do;
      if (!what) return;
      const log = form.dataset.log;
      version(form, name).value = String(answer.version);
      note.remove();
      if (what === "mine") {
        put(log, name, { value: valueOf(form, name), base: answer.version, at: Date.now(), stale: false });
        send(log, name);
      } else {
        drop(log, name);
        set(form, name, answer.value);
        say(answer.told, "saved");
      }
      const field = form.elements[name];
      if (field.focus) field.focus();
    });
    box.append(note);
  };

  // --- what an earlier page left -----------------------------------------------------------------------------------

  const offer = (form, fields) => {
    const log = form.dataset.log;
    const note = copyOf("log-offer");
    if (!note) return;
    const list = note.querySelector("[data-what]");
    for (const name of Object.keys(fields)) {
      const row = document.createElement("div");
      const [term, words] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = labelOf(form, name);
      words.textContent = fields[name].value;
      row.className = "wide";
      row.append(term, words);
      list.append(row);
    }
    note.addEventListener("click", (event) => {
      const what = event.target.dataset.do;
      if (!what) return;
      note.remove();
      for (const name of Object.keys(fields)) {
        if (what === "away") drop(log, name);
        else {
          const entry = { ...fields[name], stale: false };
          set(form, name, entry.value);
          put(log, name, entry);
          send(log, name);
        }
      }
    });
    // Within the form, which no live part of the page replaces.
    form.prepend(note);
  };

  // What the service has by now, as after a close or by another window, needs no offer.
  const unsaved = async (log, fields) => {
    const response = await fetch(addressOf(log), { headers: { Accept: "application/json" } });
    if (response.status === 404 || response.status === 403) return store(log, {});
    if (!response.ok) return {};
    const stands = await response.json();
    const open = {};
    for (const [name, entry] of Object.entries(fields)) {
      const there = stands.fields[name];
      if (there && there.value !== entry.value && !stands.closed) open[name] = entry;
      else if (Date.now() - entry.at > OLD_MS || !there || there.value === entry.value) drop(log, name);
    }
    return open;
  };

  const met = new Set();

  const look = async () => {
    if (!document.body.dataset.who || !document.getElementById("log-offer")) return;
    for (const form of document.querySelectorAll("form[data-log]")) await found(form.dataset.log, form);
    const start = place("");
    for (const key of Object.keys(localStorage)) if (key.startsWith(start)) await found(key.slice(start.length), null);
  };

  const found = async (log, form) => {
    if (met.has(log) || mine(log).size) return;
    met.add(log);
    const fields = left(log);
    if (Object.keys(fields).length === 0) return;
    try {
      const open = await unsaved(log, fields);
      if (!open || Object.keys(open).length === 0) return;
      if (form && form.isConnected) offer(form, open);
      else elsewhere(log);
    } catch {
      met.delete(log);
    }
  };

  const elsewhere = (log) => {
    const note = copyOf("log-elsewhere");
    const main = document.getElementById("main");
    if (!note || !main) return;
    note.querySelector("[data-link]").href = `/desk/logs/${encodeURIComponent(log)}`;
    main.before(note);
  };

  // A form that is new on the page, while this very page typed into an older one of the same log.
  const follow = () => {
    const line = document.getElementById("kept");
    const now = document.querySelector("form[data-log]");
    if (line && now && line.dataset.of && line.dataset.of !== now.dataset.log) {
      line.textContent = line.dataset.idle;
      delete line.dataset.state;
    }
    for (const form of document.querySelectorAll("form[data-log]")) {
      for (const [name, entry] of mine(form.dataset.log)) {
        if (!entry.stale && valueOf(form, name) !== entry.value) set(form, name, entry.value);
      }
    }
    look();
  };

  // --- a time that is picked ---------------------------------------------------------------------------------------

  const picked = (event) => {
    const button = event.target.closest("[data-pick]");
    const form = button && button.closest("form[data-log]");
    if (!form) return;
    const field = form.elements.next_visit_at;
    field.value = button.dataset.pick;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  };

  // --- everything begins -------------------------------------------------------------------------------------------

  document.addEventListener("click", picked);
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("htmx:after:swap", follow);
  window.addEventListener("online", again);
  window.addEventListener("pagehide", () => {
    for (const [log, fields] of kept) for (const name of fields.keys()) send(log, name, { last: true });
  });
  look();
})();
