// What the pages cannot do without a script: seconds that run, live news, shortcuts, and words where a request failed.
(() => {
  "use strict";

  const RETRY_SECONDS = [1, 2, 4, 8, 15];
  const POLL_MS = 5000;
  const SETTLE_MS = 60;
  const LATER_MS = 250;
  const QUEUE_MS = 60000;
  const SPREAD_MS = 1000;
  const ENDING = ["ending", "ended"];

  // --- seconds that run -----------------------------------------------------------------------------------------

  // `data-seconds` is how many had gone by when the page was made; the browser's own clock is not asked. `data-of` tells
  // what they are of: the seconds of a talk begin anew where those of the ring stood.
  const begun = new WeakMap();

  const told = (whole) => {
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor((whole % 3600) / 60);
    const two = (number) => String(number).padStart(2, "0");
    const rest = two(whole % 60);
    return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
  };

  const tick = () => {
    for (const element of document.querySelectorAll("[data-seconds]")) {
      const given = Number(element.dataset.seconds);
      const of = element.dataset.of;
      const before = begun.get(element);
      if (!before || before.given !== given || before.of !== of) begun.set(element, { given, of, at: performance.now() });
      const whole = given + Math.floor((performance.now() - begun.get(element).at) / 1000);
      const most = Number(element.dataset.most || Infinity);
      if (element.tagName === "PROGRESS") element.value = Math.min(whole, most);
      else if (element.textContent !== told(whole)) element.textContent = told(whole);
      if (whole >= most && element.dataset.then) {
        for (const held of document.querySelectorAll(element.dataset.then)) held.hidden = true;
      }
    }
  };

  // --- live news -------------------------------------------------------------------------------------------------

  let socket = null;
  let failures = 0;
  let wanted = null;
  let wantedAt = Infinity;
  let looking = false;
  let again = false;
  let retry = null;

  const live = () => document.querySelector("[data-live]");

  // One look at a time; what is told meanwhile is looked at behind it.
  const look = async () => {
    wanted = null;
    wantedAt = Infinity;
    const place = live();
    if (!place || !window.htmx) return;
    again = looking;
    if (looking) return;
    looking = true;
    try {
      // Somebody who gives a reason, or fills in a log, is not disturbed: what is typed stays in the fields.
      await htmx.ajax("GET", place.dataset.live, { target: `#${place.id}`, swap: "outerMorph" });
    } finally {
      looking = false;
      if (again) refresh(0);
    }
  };

  // News that come one behind the other are looked at together; those behind do not postpone those before.
  const refresh = (soon = SETTLE_MS) => {
    const at = performance.now() + soon;
    if (at >= wantedAt) return;
    clearTimeout(wanted);
    wantedAt = at;
    wanted = setTimeout(look, soon);
  };

  // An agent waits for the end and for an answer; what a call's end and its recording go through comes in many steps.
  const heard = (message) => {
    const { kind, event, state } = JSON.parse(message.data);
    // All agents are told at once of who rang back and found nobody, and need not all ask at once.
    if (kind === "return" && state === "missed") setTimeout(allAgain, Math.random() * SPREAD_MS);
    else if (kind === "closed" || event === "Answered") refresh(0);
    else refresh(kind === "recording" || event === "HangupRequested" || ENDING.includes(state) ? LATER_MS : SETTLE_MS);
  };

  // What waits changes also where nothing of one's own happens: windows open, others take theirs, customers ring back.
  const queueAgain = () => {
    const queue = document.getElementById("queue");
    if (queue && window.htmx) htmx.trigger(queue, "again");
  };

  const allAgain = () => {
    refresh();
    queueAgain();
  };

  // When a call begins or ends, more changes than what goes on: what may be done next, the logs, the queue. `data-made`
  // tells how it stood when all that was made.
  let renewing = false;

  const renew = async () => {
    const place = live();
    const made = document.querySelector("[data-made]");
    if (!place || !made || renewing || !window.htmx) return;
    if ((made.dataset.made === "busy") === (place.dataset.busy !== undefined)) return;
    renewing = true;
    try {
      await htmx.ajax("GET", place.dataset.page, { target: "#main", select: "#main", swap: "outerMorph" });
    } finally {
      renewing = false;
    }
    queueAgain();
  };

  const connected = () => Boolean(socket) && socket.readyState === WebSocket.OPEN;

  const connect = () => {
    clearTimeout(retry);
    if (!live() || (socket && socket.readyState <= WebSocket.OPEN)) return;
    const address = new URL("/api/v1/events", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.onopen = () => {
      failures = 0;
      refresh();
    };
    socket.onmessage = heard;
    socket.onclose = () => {
      const pause = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)];
      failures += 1;
      retry = setTimeout(connect, pause * 1000 * (0.75 + Math.random() / 2));
    };
  };

  const poll = () => {
    const place = live();
    if (place && !connected()) refresh();
  };

  // --- shortcuts ---------------------------------------------------------------------------------------------------

  const pressed = (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
    // Of several the last that is seen: what a first press opens asks for the second.
    const all = letter ? [...document.querySelectorAll(`[data-key="${letter}"]:not(:disabled)`)] : [];
    const found = all.filter((each) => each.checkVisibility()).pop();
    if (!found) return;
    event.preventDefault();
    if (found.matches("input, textarea, select, summary")) found.focus();
    if (!found.matches("input, textarea, select")) found.click();
  };

  // `?` shows the sheet of keys; Escape closes what was opened, and goes back to what opened it.
  const typing = (element) => element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

  const help = () => {
    const sheet = document.getElementById("help");
    if (sheet && !document.querySelector("dialog[open]")) sheet.showModal();
  };

  const asked = (event) => {
    if (event.key === "?" && !event.altKey && !event.ctrlKey && !event.metaKey && !typing(event.target)) {
      event.preventDefault();
      help();
    }
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const open = document.activeElement.closest("details.sure[open], details.more[open]");
    if (!open) return;
    event.preventDefault();
    open.open = false;
    open.querySelector("summary").focus();
  };

  const clicked = (event) => {
    if (event.target.closest("[data-help]")) help();
    const menu = document.querySelector("details[data-menu][open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  };

  // --- the head of the page ----------------------------------------------------------------------------------------

  // How many logs wait changes with what goes on below; the head itself is not part of what is swapped.
  let counting = false;
  let recount = null;

  const count = () => {
    if (counting) return;
    clearTimeout(recount);
    recount = setTimeout(async () => {
      const place = document.getElementById("open-logs");
      if (!place || !window.htmx) return;
      counting = true;
      try {
        await htmx.ajax("GET", place.dataset.renew, { target: "#open-logs", swap: "outerMorph" });
      } finally {
        setTimeout(() => { counting = false; }, SETTLE_MS);
      }
    }, 5 * SETTLE_MS);
  };

  // --- what went wrong ---------------------------------------------------------------------------------------------

  const offline = (yes) => {
    const note = document.getElementById("offline");
    if (note) note.hidden = !yes;
  };

  // A problem has the focus once, what is live beside it takes nobody's; where but a word was lacking, its field has it.
  const problem = (form) => {
    const found = document.getElementById("problem");
    if (!found || found.dataset.seen) return;
    found.dataset.seen = "yes";
    found.scrollIntoView({ block: "nearest" });
    const lacking = form && form.querySelector("[data-if-refused]");
    (lacking && !lacking.value ? lacking : found).focus({ preventScroll: true });
  };

  // The title tells what goes on, for who is on another page: a customer who rings back, a talk.
  const own = document.title;

  const entitle = () => {
    const place = live();
    if (!place) return;
    const told = place.dataset.title ? `${place.dataset.title} · ${own}` : own;
    if (document.title !== told) document.title = told;
  };

  // What was just said is not said again when the page is loaded anew.
  const forget = () => {
    const address = new URL(location.href);
    if (!address.searchParams.has("said")) return;
    address.searchParams.delete("said");
    history.replaceState(history.state, "", address);
  };

  // --- files ---------------------------------------------------------------------------------------------------------

  // A file that is too large is not sent first and refused then.
  const weigh = (event) => {
    const field = event.target;
    if (!field.matches("input[type=file][data-most]")) return;
    const large = [...field.files].some((file) => file.size > Number(field.dataset.most));
    field.setCustomValidity(large ? field.dataset.tooLarge : "");
    if (large) field.reportValidity();
  };

  // --- everything begins -------------------------------------------------------------------------------------------

  document.addEventListener("htmx:error", (event) => {
    if (event.detail && event.detail.ctx && !event.detail.ctx.response) offline(true);
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (!event.detail.ctx.sourceElement.matches("form")) return;
    const messages = document.getElementById("messages");
    if (messages && !messages.contains(document.activeElement)) messages.replaceChildren();
  });
  document.addEventListener("htmx:before:response", () => offline(false));
  document.addEventListener("htmx:after:swap", (event) => {
    tick();
    connect();
    problem(event.detail.ctx.sourceElement);
    forget();
    entitle();
    renew();
    count();
    const wrong = document.querySelector("[aria-invalid='true']");
    if (wrong && document.activeElement === document.body) wrong.focus();
  });
  document.addEventListener("keydown", pressed);
  document.addEventListener("keydown", asked);
  document.addEventListener("click", clicked);
  document.addEventListener("callcenter:refresh", allAgain);
  document.addEventListener("change", weigh);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    connect();
    allAgain();
  });
  window.addEventListener("online", connect);
  setInterval(tick, 250);
  setInterval(poll, POLL_MS);
  setInterval(() => document.visibilityState === "visible" && queueAgain(), QUEUE_MS);
  tick();
  connect();
  forget();
  entitle();
  renew();
  // Where the places do not fit the current one is shown. (To scroll it into view would begin the Tab key's way there.)
  const current = document.querySelector(".places [aria-current]");
  if (current) current.parentElement.scrollLeft = current.offsetLeft - current.parentElement.clientWidth / 2;
})();
