// What one types, kept in this browser until the service has it: sent by itself, one after another, and tried again.
(() => {
  "use strict";

  const RETRY_SECONDS = [1, 2, 4, 8, 15];
  const NOT_SIGNED_IN = 401;
  const TOO_MANY = 429;
  const BROKEN = 500;

  // What is typed as one person is never sent as another.
  const prefix = (kind) => `callcenter.${kind}.${document.body.dataset.who || ""}.`;

  // Whose things of this kind lie in this browser: of the person who is signed in.
  const all = (kind) =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix(kind)))
      .map((key) => key.slice(prefix(kind).length));

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // Those with something to send; forgotten as soon as it is sent, whatever became of the page around them.
  const busy = new Set();

  // Entries by name: { value, base, at, stale, held }. base: the version that it changes. stale: another window was
  // quicker, somebody has to choose. held: the service does not want it as it is; it is sent when it is typed anew.
  class Outbox {
    // request(name, entry, rest): a fetch. heard(name, entry, answer, status): what is made of an answer; the entry is
    // `kept`, `drop`ped, `put` anew, or held. away(why): "out" where nobody is signed in any more, else "away".
    constructor(kind, of, { request, heard, away }) {
      this.place = prefix(kind) + of;
      this.request = request;
      this.heard = heard;
      this.away = away;
      this.entries = new Map();
      this.timers = new Map();
      this.sending = false;
      this.failures = 0;
      this.retry = null;
    }

    get empty() {
      return this.entries.size === 0;
    }

    // What an earlier page left, and this one has.
    left() {
      try {
        return JSON.parse(localStorage.getItem(this.place) || "{}");
      } catch {
        return {};
      }
    }

    store(entries) {
      try {
        if (Object.keys(entries).length) localStorage.setItem(this.place, JSON.stringify(entries));
        else localStorage.removeItem(this.place);
      } catch {
        // A full or forbidden store: what is typed still goes to the service.
      }
    }

    put(name, entry) {
      this.entries.set(name, entry);
      busy.add(this);
      this.store({ ...this.left(), [name]: entry });
    }

    drop(name) {
      this.entries.delete(name);
      if (this.empty) busy.delete(this);
      const entries = this.left();
      delete entries[name];
      this.store(entries);
    }

    forget() {
      this.entries.clear();
      busy.delete(this);
      this.store({});
    }

    // base: counts only where nothing of that name is on its way, which is built upon.
    typed(name, value, base, pause) {
      const before = this.entries.get(name);
      const stale = Boolean(before && before.stale);
      this.put(name, { value, base: before && !stale ? before.base : base, at: Date.now(), stale });
      clearTimeout(this.timers.get(name));
      const due = () => {
        this.timers.delete(name);
        this.send();
      };
      this.timers.set(name, setTimeout(due, pause));
    }

    // The service has this by now. True where nothing else of that name was typed meanwhile.
    kept(name, sent, version) {
      const now = this.entries.get(name);
      if (!now || same(now.value, sent.value)) {
        this.drop(name);
        return true;
      }
      this.put(name, { ...now, base: version });
      return false;
    }

    async send() {
      if (this.sending) return;
      const due = [...this.entries].find(([name, entry]) => !entry.stale && !entry.held && !this.timers.has(name));
      if (!due) return;
      this.sending = true;
      const went = await this.one(...due);
      this.sending = false;
      if (went) this.send();
    }

    async one(name, entry, rest = {}) {
      let why = "away";
      try {
        const response = await this.request(name, entry, rest);
        if (response.status === NOT_SIGNED_IN || response.redirected) why = "out";
        else if (response.status < BROKEN && response.status !== TOO_MANY) {
          const answer = await response.json();
          await this.heard(name, entry, answer, response.status);
          if (this.entries.get(name) === entry) this.put(name, { ...entry, held: true });
          this.failures = 0;
          return true;
        }
      } catch {
        // Out of reach, or no answer that can be read.
      }
      this.later(why);
      return false;
    }

    later(why) {
      this.away(why);
      clearTimeout(this.retry);
      const most = RETRY_SECONDS.length - 1;
      const pause = RETRY_SECONDS[why === "out" ? most : Math.min(this.failures, most)];
      this.failures += 1;
      this.retry = setTimeout(() => this.again(), pause * 1000);
    }

    again() {
      for (const timer of this.timers.values()) clearTimeout(timer);
      this.timers.clear();
      this.send();
    }

    leave() {
      for (const [name, entry] of [...this.entries]) {
        if (!entry.stale && !entry.held) this.one(name, entry, { keepalive: true });
      }
    }
  }

  window.addEventListener("online", () => busy.forEach((box) => box.again()));
  window.addEventListener("pagehide", () => busy.forEach((box) => box.leave()));
  window.Keeping = { Outbox, all };
})();
