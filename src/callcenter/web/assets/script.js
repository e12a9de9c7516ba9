// The script beside the call: answers that save themselves, number keys, branching, red flags; complaints, corrections.
(() => {
  "use strict";

  const TYPING_MS = 500;
  const RETRY_SECONDS = [1, 2, 4, 8, 15];
  const API = "/api/v1";
  const CONFLICT = 409;
  const NOT_SIGNED_IN = 401;
  const GONE = [403, 404];

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
      this.waiting = new Map();
      this.timers = new Map();
      this.sending = false;
      this.failures = 0;
      this.places = new Map();
      for (const place of section.querySelectorAll("[data-key-of]")) this.places.set(place.dataset.keyOf, place);
      section.addEventListener("input", (event) => this.typed(event, TYPING_MS));
      section.addEventListener("change", (event) => this.typed(event, 0));
      section.addEventListener("keydown", (event) => this.pressed(event));
      if (!this.preview) this.restore();
    }

    get drawer() {
      return `callcenter-answers:${this.attempt}`;
    }

    typed(event, pause) {
      const place = event.target.closest("[data-key-of]");
      if (!place) return;
      const key = place.dataset.keyOf;
      complain(place, "");
      clearTimeout(this.timers.get(key));
      if (this.preview) {
        this.timers.set(key, setTimeout(() => this.tried(), pause));
        return;
      }
      this.waiting.set(key, read(place));
      this.keep();
      this.say(this.section.dataset.saving);
      this.timers.set(key, setTimeout(() => this.send(), pause));
    }

    // What the service has not yet told to be kept lies in the browser too: it outlives a crash of either.
    keep() {
      try {
        if (this.waiting.size === 0) localStorage.removeItem(this.drawer);
        else {
          const kept = [...this.waiting].map(([key, value]) => [key, value, this.base(key)]);
          localStorage.setItem(this.drawer, JSON.stringify(kept));
        }
      } catch {
        // A browser without storage keeps it in the page alone.
      }
    }

    restore() {
      let kept = [];
      try {
        kept = JSON.parse(localStorage.getItem(this.drawer) || "[]");
      } catch {
        kept = [];
      }
      for (const [key, value, based] of kept) {
        const place = this.places.get(key);
        if (!place || !("open" in this.section.dataset)) continue;
        write(place, value);
        place.dataset.version = based;
        this.waiting.set(key, value);
      }
      if (this.waiting.size) this.send();
      else this.keep();
    }

    base(key) {
      return Number(this.places.get(key).dataset.version);
    }

    async send() {
      if (this.sending || this.waiting.size === 0) return;
      this.sending = true;
      const [key, value] = this.waiting.entries().next().value;
      const place = this.places.get(key);
      let again = 0;
      try {
        const body = { value, based_on: this.base(key), script_version: Number(this.section.dataset.scriptVersion) };
        const path = `/attempts/${this.attempt}/sheet/${encodeURIComponent(key)}`;
        const response = await ask("PUT", path, body);
        const answer = await told(response);
        if (response.ok) this.kept(key, value, answer);
        else if (response.status === CONFLICT) await this.elsewhere(key, value, answer);
        else if (response.status === NOT_SIGNED_IN) {
          this.say(this.section.dataset.signedOut, true);
          again = RETRY_SECONDS.at(-1);
        } else if (response.status >= 500 || response.status === 429) again = this.later();
        else this.refused(key, place, answer, GONE.includes(response.status));
      } catch {
        again = this.later();
      }
      this.sending = false;
      this.keep();
      if (again) setTimeout(() => this.send(), again * 1000);
      else if (this.waiting.size) this.send();
    }

    later() {
      this.say(this.section.dataset.unsaved, true);
      const pause = RETRY_SECONDS[Math.min(this.failures, RETRY_SECONDS.length - 1)];
      this.failures += 1;
      return pause;
    }

    kept(key, value, answer) {
      this.failures = 0;
      this.places.get(key).dataset.version = answer.answer.version;
      if (JSON.stringify(this.waiting.get(key)) === JSON.stringify(value)) this.waiting.delete(key);
      if (this.waiting.size === 0) this.say(`✓ ${this.section.dataset.saved}`);
      this.stand(answer.standing);
      problems(this.attempt, answer.problems);
    }

    refused(key, place, answer, gone) {
      this.waiting.delete(key);
      complain(place, why(answer));
      this.say(gone ? why(answer) : "", true);
    }

    // Two windows: what another one kept is told, and who types decides.
    async elsewhere(key, value, answer) {
      const place = this.places.get(key);
      const response = await fetch(`${API}/attempts/${this.attempt}/sheet`, { headers: { Accept: "application/json" } });
      const sheet = await told(response);
      this.waiting.delete(key);
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
        this.waiting.set(key, value);
        this.keep();
        this.send();
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

    leave() {
      for (const [key, value] of this.waiting) {
        const body = { value, based_on: this.base(key), script_version: Number(this.section.dataset.scriptVersion) };
        const path = `/attempts/${this.attempt}/sheet/${encodeURIComponent(key)}`;
        ask("PUT", path, body, { keepalive: true }).catch(() => {});
      }
    }
  }

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
  window.addEventListener("online", () => current().forEach((sheet) => sheet.send()));
  window.addEventListener("pagehide", () => current().forEach((sheet) => sheet.leave()));
  begin();
})();
