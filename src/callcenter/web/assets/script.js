// The script beside the call: answers that save themselves, number keys, branching, red flags; complaints, corrections.
(() => {
  "use strict";

  const TYPING_MS = 500;
  const API = "/api/v1";
  const CONFLICT = 409;
  const REFUSED = 400;
  const GONE = [403, 404];
  const KIND = "answers";

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const ask = (method, path, body, rest = {}) =>
    fetch(API + path, {
      method,
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      ...rest,
    });
  const told = async (response) => {
    try {
      return await response.json();
    } catch {
      return {};
    }
  };
  const why = (problem) => ((problem.errors || [])[0] || {}).message || problem.detail || problem.title || "";

  // --- one question ----------------------------------------------------------------------------------------------

  const fields = (place) => [...place.querySelectorAll("input, textarea")];

  const read = (place) => {
    const all = fields(place);
    const picked = all.filter((field) => field.checked).map((field) => JSON.parse(field.value));
    switch (place.dataset.kind) {
      case "choices":
        return picked;
      case "text":
      case "date":
        return all[0].value;
      case "number":
        return all[0].value === "" ? null : Number(all[0].value);
      default:
        return picked.length ? picked[0] : null;
    }
  };

  const write = (place, value) => {
    for (const field of fields(place)) {
      if (["radio", "checkbox"].includes(field.type)) {
        const own = JSON.parse(field.value);
        field.checked = Array.isArray(value) ? value.includes(own) : value === own;
      } else field.value = value ?? "";
    }
  };

  const complain = (place, text) => {
    const line = place.querySelector(".told");
    line.replaceChildren(text);
    line.hidden = !text;
    for (const field of fields(place)) field.setAttribute("aria-invalid", text ? "true" : "false");
  };

  // --- one sheet --------------------------------------------------------------------------------------------------

  class Sheet {
    constructor(section) {
      this.section = section;
      this.attempt = section.dataset.sheet;
      this.preview = section.querySelector("[data-script-text]");
      this.trial = null;
      this.places = new Map();
      for (const place of section.querySelectorAll("[data-key-of]")) this.places.set(place.dataset.keyOf, place);
      section.addEventListener("input", (event) => this.typed(event, TYPING_MS));
      section.addEventListener("change", (event) => this.typed(event, 0));
      section.addEventListener("keydown", (event) => this.pressed(event));
      if (!this.preview) this.restore();
    }

    get box() {
      return boxOf(this);
    }

    typed(event, pause) {
      const place = event.target.closest("[data-key-of]");
      if (!place) return;
      const key = place.dataset.keyOf;
      complain(place, "");
      if (this.preview) {
        clearTimeout(this.trial);
        this.trial = setTimeout(() => this.tried(), pause);
        return;
      }
      this.say(this.section.dataset.saving);
      this.box.typed(key, read(place), Number(place.dataset.version), pause);
    }

    // What the service has not yet told to be kept lies in the browser too: it outlives a crash of either.
    restore() {
      for (const [key, entry] of Object.entries(this.box.left())) {
        const place = this.places.get(key);
        if (!place || !("open" in this.section.dataset)) {
          this.box.drop(key);
          continue;
        }
        write(place, entry.value);
        place.dataset.version = entry.base;
        if (!this.box.entries.has(key)) this.box.put(key, { ...entry, held: false });
      }
      this.box.send();
    }

    request(key, entry, rest) {
      const body = { value: entry.value, based_on: entry.base, script_version: Number(this.section.dataset.scriptVersion) };
      return ask("PUT", `/attempts/${this.attempt}/sheet/${encodeURIComponent(key)}`, body, rest);
    }

    async heard(key, entry, answer, status) {
      if (status === CONFLICT) await this.elsewhere(key, entry.value, answer);
      else if (status >= REFUSED) this.refused(key, this.places.get(key), answer, GONE.includes(status));
      else this.kept(key, entry, answer);
    }

    away(why) {
      this.say(why === "out" ? this.section.dataset.signedOut : this.section.dataset.unsaved, true);
    }

    kept(key, entry, answer) {
      this.places.get(key).dataset.version = answer.answer.version;
      this.box.kept(key, entry, answer.answer.version);
      if (this.box.empty) this.say(`✓ ${this.section.dataset.saved}`);
      this.stand(answer.standing);
      problems(this.attempt, answer.problems);
    }

    refused(key, place, answer, gone) {
      this.box.drop(key);
      complain(place, why(answer));
      this.say(gone ? why(answer) : "", true);
    }

    // Two windows: what another one kept is told, and who types decides.
    async elsewhere(key, value, answer) {
      const place = this.places.get(key);
      const response = await fetch(`${API}/attempts/${this.attempt}/sheet`, { headers: { Accept: "application/json" } });
      const sheet = await told(response);
      this.box.drop(key);
      const mine = sheet.version === Number(this.section.dataset.scriptVersion) && sheet.open;
      if (!mine) {
        complain(place, why(answer));
        this.say(why(answer), true);
        return;
      }
      const other = sheet.answers[key] || { value: null, version: 0 };
      place.dataset.version = other.version;
      complain(place, fill(this.section.dataset.elsewhere, { answer: this.named(other.value) }));
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.section.dataset.mine;
      button.addEventListener("click", () => {
        complain(place, "");
        this.box.typed(key, value, other.version, 0);
      });
      place.querySelector(".told").append(" ", button);
      this.say("", true);
    }

    named(value) {
      if (value === null || value === undefined) return this.section.dataset.nothing;
      if (typeof value === "boolean") return value ? this.section.dataset.yes : this.section.dataset.no;
      return Array.isArray(value) ? value.join(", ") : String(value);
    }

    say(text, bad = false) {
      const place = this.section.querySelector("[data-state]");
      place.textContent = text;
      place.classList.toggle("wrong", Boolean(text) && bad);
    }

    // --- what the answers lead to ---

    async tried() {
      const answers = {};
      for (const [key, place] of this.places) {
        const value = read(place);
        if (value !== null && value !== "" && !(Array.isArray(value) && value.length === 0)) answers[key] = value;
      }
      try {
        const response = await ask("POST", "/scripts/try", { text: this.preview.value, answers });
        const answer = await told(response);
        if (response.ok) this.stand(answer);
        else this.say(why(answer), true);
      } catch {
        this.say(this.section.dataset.unsaved, true);
      }
    }

    // Every question has its place all the time: nothing jumps while one answers.
    stand(now) {
      const flagged = new Set(now.raised.map((each) => each.question));
      for (const [key, place] of this.places) {
        if (!key.startsWith("q.")) continue;
        const id = key.slice(2);
        const off = !now.shown.includes(id);
        place.disabled = off || !("open" in this.section.dataset);
        place.toggleAttribute("data-off", off);
        place.toggleAttribute("data-flagged", flagged.has(id));
      }
      const list = this.section.querySelector("[data-flags]");
      const lines = now.raised.map((each) => {
        const kind = each.major ? this.section.dataset.major : this.section.dataset.problem;
        return `⚑ ${kind}: ${each.title} → ${each.department}`;
      });
      if (lines.join("\n") !== [...list.children].map((line) => line.textContent).join("\n")) {
        list.replaceChildren(
          ...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
        );
      }
      const identity = this.section.querySelector("[data-identity]");
      if (identity) {
        const name = { not_asked: "notAsked", open: "isOpen", confirmed: "confirmed", failed: "failed" }[now.identified];
        identity.textContent = identity.dataset[name];
        identity.className = `tag ${{ confirmed: "good", failed: "bad" }[now.identified] || ""}`;
      }
      const many = now.missing.length;
      const text = many ? fill(this.section.dataset.missing, { many }) : this.section.dataset.complete;
      this.section.querySelector("[data-lacking]").textContent = text;
    }

    // --- the keyboard ---

    asked() {
      return [...this.places.values()].filter((place) => !place.disabled);
    }

    answered(place) {
      const value = read(place);
      return value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
    }

    go(place) {
      const first = place && (place.querySelector("input:checked") || fields(place)[0]);
      if (first) {
        first.focus({ preventScroll: true });
        place.scrollIntoView({ block: "nearest" });
      }
    }

    next() {
      const asked = this.asked();
      const here = asked.indexOf(document.activeElement && document.activeElement.closest("[data-key-of]"));
      const after = [...asked.slice(here + 1), ...asked.slice(0, here + 1)];
      this.go(after.find((place) => !this.answered(place)) || after[0]);
    }

    pressed(event) {
      const place = event.target.closest("[data-key-of]");
      if (!place || event.altKey || event.metaKey || event.isComposing) return;
      const writes = event.target.matches("textarea, input:not([type=radio], [type=checkbox])");
      if (event.key === "Enter" && (!event.target.matches("textarea") || event.ctrlKey) && !event.target.matches("button")) {
        event.preventDefault();
        const asked = this.asked();
        this.go(asked[asked.indexOf(place) + 1]);
      } else if (!writes && !event.ctrlKey && /^[1-9]$/.test(event.key)) {
        const chosen = fields(place)[Number(event.key) - 1];
        if (!chosen) return;
        event.preventDefault();
        chosen.focus();
        chosen.click();
      }
    }
  }

  // One for each talk, whatever becomes of the section around the answers: it speaks to the section that is there now.
  const boxes = new Map();
  const boxOf = (sheet) => {
    const known = boxes.get(sheet.attempt);
    if (known) {
      known.sheet = sheet;
      return known.box;
    }
    const now = { sheet };
    now.box = new Keeping.Outbox(KIND, sheet.attempt, {
      request: (...given) => now.sheet.request(...given),
      heard: (...given) => now.sheet.heard(...given),
      away: (why) => now.sheet.away(why),
    });
    boxes.set(sheet.attempt, now);
    return now.box;
  };

  // --- complaints and corrections -------------------------------------------------------------------------------------

  const problems = (attempt, cases) => {
    const place = document.getElementById(`talk-problems-${attempt}`);
    if (!place) return;
    const list = place.querySelector("ul");
    const line = (each) => {
      const name = (each.title || list.dataset.complaint) + (each.department ? ` → ${each.department}` : "");
      const text = each.state === "withdrawn" ? `${name} (${list.dataset.withdrawn})` : name;
      return Object.assign(document.createElement("li"), { textContent: text });
    };
    list.replaceChildren(...cases.map(line));
    place.hidden = cases.length === 0;
  };

  const request = new WeakMap();
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16)).join("");

  const sendTool = async (event) => {
    const form = event.target.closest("form[data-send]");
    if (!form) return;
    event.preventDefault();
    const tools = form.closest("[data-tools]");
    const line = form.querySelector(".told");
    const button = form.querySelector("button");
    // The same words sent again are the same request: a lost answer opens nothing twice.
    const given = Object.fromEntries(new FormData(form));
    const same = JSON.stringify(given);
    if (!request.has(form) || request.get(form).same !== same) request.set(form, { same, key: newKey() });
    const body = { key: request.get(form).key, ...given };
    if (form.dataset.send === "complaints") body.major = given.major === "true";
    else body.replaces = given.field === "number" && given.replaces !== "" ? Number(given.replaces) : null;
    const here = form.contains(document.activeElement);
    button.disabled = true;
    try {
      const response = await ask("POST", `/attempts/${tools.dataset.tools}/${form.dataset.send}`, body);
      const answer = await told(response);
      line.textContent = response.ok ? tools.dataset.kept : fill(tools.dataset.failed, { why: why(answer) });
      line.classList.toggle("wrong", !response.ok);
      if (response.ok) {
        form.reset();
        request.delete(form);
        if (form.dataset.send === "complaints") await refresh(tools.dataset.tools, answer);
      }
    } catch {
      line.textContent = fill(tools.dataset.failed, { why: tools.dataset.away });
      line.classList.add("wrong");
    }
    button.disabled = false;
    // A button that is switched off loses the focus: keys go on where they were.
    if (here && !form.contains(document.activeElement)) (line.classList.contains("wrong") ? button : form.elements[0]).focus();
  };

  const shown = new Map();
  const refresh = async (attempt, opened) => {
    const response = await fetch(`${API}/attempts/${attempt}/sheet`, { headers: { Accept: "application/json" } });
    const sheet = await told(response);
    shown.set(opened.id, opened);
    problems(attempt, response.ok ? sheet.problems : [...shown.values()].filter((each) => each.attempt_id === attempt));
  };

  // --- everything begins ------------------------------------------------------------------------------------------------

  const sheets = new WeakMap();
  const begin = () => {
    for (const section of document.querySelectorAll("[data-sheet]")) {
      if (!sheets.has(section)) sheets.set(section, new Sheet(section));
    }
  };
  const current = () => [...document.querySelectorAll("[data-sheet]")].map((section) => sheets.get(section));

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.code !== "KeyQ") return;
    const [sheet] = current();
    if (!sheet) return;
    event.preventDefault();
    sheet.next();
  });
  const opened = (event) => {
    if (!event.target.open || !event.target.closest("[data-tools]")) return;
    const first = event.target.querySelector("textarea, select");
    if (first) first.focus();
  };

  document.addEventListener("toggle", opened, true);
  document.addEventListener("submit", sendTool);
  document.addEventListener("htmx:after:swap", begin);
  begin();
})();
