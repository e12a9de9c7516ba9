// A visit log while it is typed: each field is saved on its own, and kept in this browser until the service has it.
(() => {
  "use strict";

  const TYPING_MS = 600;
  const CHOSEN_MS = 60;
  const REFUSED = 400;
  const OLD_MS = 30 * 24 * 3600 * 1000;
  const KIND = "log";

  // --- what is not with the service yet ----------------------------------------------------------------------------

  // By log. What this page typed goes out by itself; what an earlier page left is offered first.
  const boxes = new Map();
  const saved = new Map();

  const boxOf = (log) => {
    if (!boxes.has(log)) {
      const request = (name, entry, rest) => {
        const body = new URLSearchParams({ name, value: entry.value, based_on: String(entry.base) });
        return fetch(addressOf(log), { method: "POST", body, headers: { Accept: "application/json" }, ...rest });
      };
      const heard_ = (name, entry, answer, status) => heard(log, name, entry, answer, status);
      boxes.set(log, new Keeping.Outbox(KIND, log, { request, heard: heard_, away: (why) => say(words(why), "away") }));
    }
    return boxes.get(log);
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
    const [log, value] = [form.dataset.log, valueOf(form, name)];
    // A field that is left tells of what was saved while it was typed.
    const known = boxOf(log).entries.has(name);
    if (!known && event.type === "change" && saved.get(`${log} ${name}`) === value) return;
    say(words("typed"), "typed");
    boxOf(log).typed(name, value, Number(version(form, name).value), event.type === "change" ? CHOSEN_MS : TYPING_MS);
  };

  const addressOf = (log) => `/desk/logs/${encodeURIComponent(log)}/fields`;

  const heard = async (log, name, sent, answer, status) => {
    if (status >= REFUSED) {
      say(answer.title, "wrong");
      return;
    }
    const [box, form] = [boxOf(log), formOf(log)];
    if (answer.state === "kept") {
      if (form && version(form, name)) version(form, name).value = String(answer.version);
      saved.set(`${log} ${name}`, sent.value);
      box.kept(name, sent, answer.version);
      if (box.empty) say(answer.told, "saved");
      return;
    }
    const now = box.entries.get(name) || sent;
    if (answer.state === "closed" && !form) {
      // Closed just now, with the same words or with others: which of both is looked up.
      box.put(name, { ...now, held: true });
      await unsaved(log, { [name]: now });
      return;
    }
    say(answer.told, "wrong");
    if (answer.state === "stale" && form) {
      box.put(name, { ...now, stale: true });
      stale(form, name, answer);
    }
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
        boxOf(log).put(name, { value: valueOf(form, name), base: answer.version, at: Date.now(), stale: false });
        boxOf(log).send();
      } else {
        boxOf(log).drop(name);
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
        if (what === "away") boxOf(log).drop(name);
        else {
          const entry = { ...fields[name], stale: false, held: false };
          set(form, name, entry.value);
          boxOf(log).put(name, entry);
        }
      }
      boxOf(log).send();
    });
    // Within the form, which no live part of the page replaces.
    form.prepend(note);
  };

  // What the service has by now, as after a close or by another window, needs no offer.
  const unsaved = async (log, fields) => {
    const response = await fetch(addressOf(log), { headers: { Accept: "application/json" } });
    if (response.status === 404 || response.status === 403) return boxOf(log).forget();
    if (!response.ok) return {};
    const stands = await response.json();
    const open = {};
    for (const [name, entry] of Object.entries(fields)) {
      const there = stands.fields[name];
      if (there && there.value !== entry.value && !stands.closed) open[name] = entry;
      else if (Date.now() - entry.at > OLD_MS || !there || there.value === entry.value) boxOf(log).drop(name);
    }
    return open;
  };

  const met = new Set();

  const look = async () => {
    if (!document.body.dataset.who || !document.getElementById("log-offer")) return;
    for (const form of document.querySelectorAll("form[data-log]")) await found(form.dataset.log, form);
    for (const log of Keeping.all(KIND)) await found(log, null);
  };

  const found = async (log, form) => {
    if (met.has(log) || !boxOf(log).empty) return;
    met.add(log);
    const fields = boxOf(log).left();
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
      for (const [name, entry] of boxOf(form.dataset.log).entries) {
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

  // What is agreed on in the script beside the log stands in the log at once, unless somebody wrote something else there.
  const filled = new Map();

  const fill = (form, name, value) => {
    const known = valueOf(form, name);
    if (known && known !== filled.get(`${form.dataset.log} ${name}`)) return;
    set(form, name, value);
    if (valueOf(form, name) !== value) return;
    filled.set(`${form.dataset.log} ${name}`, value);
    const field = form.elements[name];
    const changed = field instanceof RadioNodeList ? [...field].find((each) => each.checked) : field;
    changed.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const agreed = (event) => {
    const sheet = event.target.dataset.local && event.target.closest("[data-sheet]");
    const form = sheet && formOf(sheet.dataset.sheet);
    if (!form || !form.elements.next_visit_at) return;
    fill(form, "disposition", "appointment");
    if (valueOf(form, "disposition") !== "appointment") return;
    fill(form, "next_visit_at", event.target.dataset.local);
  };

  // --- everything begins -------------------------------------------------------------------------------------------

  document.addEventListener("click", picked);
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("change", agreed);
  document.addEventListener("htmx:after:swap", follow);
  look();
})();
