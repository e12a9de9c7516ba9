// The phone in the agent's page: registers over this site's own socket, takes the calls that the service begins, and
// says at any moment how it stands.
(() => {
  "use strict";

  const place = document.getElementById("phone");
  if (!place) return;

  const API = "/api/v1";
  const LOCK = "callcenter-phone";
  const ELSEWHERE_MS = 1500;
  const RETRY_SECONDS = [1, 2, 4, 8, 15];
  const REGISTER_SECONDS = 60;
  const CANDIDATES_MS = 100;
  const LOOK_MS = 2000;
  const BEAT_MS = 5000;
  const ASLEEP_MS = 20000;
  const GOING_ON = ["dialling", "talking"];
  const audio = window.PhoneAudio;

  const part = (name) => document.getElementById(`phone-${name}`);
  const bell = new audio.Bell();
  const remote = part("remote");

  let ua = null;
  let call = null;
  let failures = 0;
  let retry = null;
  let release = null;
  let choice = "desk";
  let desk = "";
  let rungBack = "";
  let fresh = false;

  // --- words ------------------------------------------------------------------------------------------------------

  const words = Object.fromEntries(
    [...part("words").children].map((each) => [each.dataset.word, each.textContent]),
  );
  const say = (word, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[word] || word);

  // `data-state` and `data-word` are for the style, and for who watches.
  const tell = (state, word, values) => {
    place.dataset.state = state;
    place.dataset.word = word;
    part("state").textContent = say(word, values);
    const talking = Boolean(call && call.up);
    for (const name of ["mute", "hold", "keys"]) part(name).disabled = !talking;
    part("hangup").disabled = !call;
    part("answer").hidden = !(call && call.asks);
    part("here").hidden = word !== "elsewhere";
    part("again").hidden = !["denied", "missing", "lost", "signed_out"].includes(word);
    if (!talking) {
      press("mute", false);
      press("hold", false);
      part("quality").textContent = "";
      delete part("quality").dataset.quality;
    }
  };

  const warn = (word, values) => {
    const note = part("warning");
    note.hidden = !word;
    note.dataset.word = word || "";
    part("warning-text").textContent = word ? say(word, values) : "";
  };

  const press = (name, yes) => {
    part(name).setAttribute("aria-pressed", yes ? "true" : "false");
    part(name).textContent = say(yes ? `${name}_off` : `${name}_on`);
  };

  // --- the service --------------------------------------------------------------------------------------------------

  class Refused extends Error {}

  const ask = async (method, path, body) => {
    const given = body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
    const answer = await fetch(API + path, { method, ...given });
    if (answer.status === 401) throw new Refused("signed_out");
    const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
    if (!answer.ok) throw Object.assign(new Refused("refused"), { told, status: answer.status });
    return told;
  };

  const refreshDesk = () => document.dispatchEvent(new CustomEvent("callcenter:refresh"));

  // --- beginning and ending -------------------------------------------------------------------------------------------

  const begin = async () => {
    clearTimeout(retry);
    try {
      const shown = await ask("GET", "/phone");
      choice = shown.choice;
      showChoice(shown);
      desk = shown.desk;
      // A talk that moves to the desk phone is let go once that has it: the service ends this leg then.
      if (choice === "desk") return call && call.up ? undefined : quit("desk", "desk", { phone: desk });
      await start();
    } catch (error) {
      if (error.message === "signed_out") return quit("off", "signed_out");
      again();
    }
  };

  const start = async () => {
    const allowed = await audio.permission();
    if (allowed !== "granted") return quit("off", allowed);
    await listDevices();
    tell("wait", "connecting");
    await alone(false);
    await register();
  };

  const quit = (state, word, values) => {
    stop();
    if (release) release();
    release = null;
    tell(state, word, values);
    refreshDesk();
  };

  const stop = () => {
    clearTimeout(retry);
    if (!ua) return;
    const old = ua;
    ua = null;
    old.removeAllListeners();
    old.stop();
  };

  const again = () => {
    clearTimeout(retry);
    const seconds = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)];
    failures += 1;
    tell("wait", "lost", { seconds });
    retry = setTimeout(begin, seconds * 1000 * (0.75 + Math.random() / 2));
  };

  // One page of a browser has the phone; it is also why the browser lets this page not sleep.
  let queued = null;

  const alone = (steal) => {
    if (release || !navigator.locks) return Promise.resolve();
    if (queued) queued.abort();
    const waiting = new AbortController();
    queued = waiting;
    return new Promise((resolve) => {
      const told = steal ? 0 : setTimeout(() => tell("off", "elsewhere"), ELSEWHERE_MS);
      const held = navigator.locks.request(LOCK, steal ? { steal } : { signal: waiting.signal }, () => {
        queued = null;
        clearTimeout(told);
        resolve();
        return new Promise((over) => {
          release = over;
        });
      });
      held.catch(() => {
        clearTimeout(told);
        if (waiting.signal.aborted) return;
        // Another page took it.
        release = null;
        if (call) drop(call);
        stop();
        tell("off", "elsewhere");
      });
    });
  };

  // What speaks SIP is large: it is fetched once the page is there, by who uses this phone.
  let library = null;

  const withLibrary = () => {
    library ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = place.dataset.library;
      script.onload = resolve;
      script.onerror = () => {
        library = null;
        script.remove();
        reject(new Refused("library"));
      };
      document.head.append(script);
    });
    return library;
  };

  const register = async () => {
    stop();
    await withLibrary();
    const given = await ask("POST", "/phone/credential");
    const address = new URL(given.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(address.href)],
      uri: `sip:${given.user}@${given.domain}`,
      contact_uri: `sip:${given.user}@${given.domain};transport=ws`,
      password: given.password,
      register_expires: REGISTER_SECONDS,
      session_timers: false,
      user_agent: "callcenter",
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
    });
    ua.on("registered", registered);
    ua.on("unregistered", lost);
    ua.on("registrationFailed", lost);
    ua.on("disconnected", away);
    ua.on("newRTCSession", rings);
    fresh = true;
    ua.start();
  };

  const registered = async () => {
    const back = place.dataset.word === "lost" || failures > 0;
    failures = 0;
    if (!call) tell("ready", "ready");
    if (back || part("warning").dataset.word === "lost_in_call") warn("");
    refreshDesk();
    await ringBack();
  };

  const lost = () => {
    if (!call) again();
    else warn("lost_in_call");
  };

  // The socket is opened again by itself; whether we are signed in at all is asked meanwhile.
  const away = async ({ error } = {}) => {
    if (!ua) return;
    if (!call) tell("wait", "lost_socket");
    else warn("lost_in_call");
    if (error) failures += 1;
    refreshDesk();
    try {
      await ask("GET", "/phone");
    } catch (refused) {
      if (refused.message === "signed_out") quit("off", "signed_out");
    }
  };

  // --- calls ----------------------------------------------------------------------------------------------------------

  // A talk that goes on without this page, since it was loaded anew or the phone was elsewhere, comes back to it. What
  // rang at a page that is gone by now rings here; what just begins here rings by itself.
  const ringBack = async () => {
    if (call) return;
    const first = fresh;
    fresh = false;
    try {
      const { call: mine } = await ask("GET", "/phone");
      if (!mine || call || rungBack === mine.attempt) return;
      if (mine.state === "preparing") setTimeout(ringBack, LOOK_MS);
      if (!GOING_ON.includes(mine.state) && !(first && mine.state === "agent_ringing")) return;
      rungBack = mine.attempt;
      tell("wait", "coming_back");
      await ask("POST", `/attempts/${mine.attempt}/ring-back`);
    } catch (error) {
      rungBack = "";
      if (!call && ua && ua.isRegistered()) tell("ready", "ready");
    }
  };

  const rings = ({ originator, session, request }) => {
    if (originator !== "remote") return;
    const attempt = request.getHeader("X-Callcenter-Attempt") || "";
    const mine = { session, attempt, up: false, asks: !attempt, before: null, timers: [] };
    if (!attempt && call) {
      session.terminate({ status_code: 486 });
      return;
    }
    follow(mine);
    const old = call;
    call = mine;
    if (old) quiet(old);
    if (attempt) {
      rungBack = "";
      bell.chime();
      tell("ring", "ringing");
      answer(mine);
    } else {
      bell.ring();
      tell("ring", "ringing_foreign", { who: session.remote_identity.uri.user || "" });
    }
  };

  // There are browsers that name their addresses to the switch only if the microphone is open before they connect.
  const answer = async (mine) => {
    mine.asks = false;
    try {
      mine.stream = await audio.open();
    } catch {
      if (!mine.session.isEnded()) mine.session.terminate({ status_code: 480 });
      return warn("denied");
    }
    if (mine.session.isEnded()) audio.stop(mine.stream);
    else mine.session.answer({ mediaStream: mine.stream, pcConfig: { iceServers: [] } });
  };

  const follow = (mine) => {
    const { session } = mine;
    let settled = null;
    session.on("icecandidate", ({ ready }) => {
      clearTimeout(settled);
      settled = setTimeout(ready, CANDIDATES_MS);
    });
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", (event) => hear(event.streams[0] || new MediaStream([event.track])));
    });
    mine.unwatch = window.PhoneWay.watch(session, (there) => wayOf(mine, there));
    session.on("confirmed", () => up(mine));
    session.on("hold", () => mine === call && how());
    session.on("unhold", () => mine === call && how());
    session.on("ended", () => over(mine));
    session.on("failed", () => over(mine));
  };

  const wayOf = (mine, there) => {
    if (mine !== call) return;
    if (!there) warn("no_way");
    else if (part("warning").dataset.word === "no_way") warn("");
  };

  const hear = async (stream) => {
    remote.srcObject = stream;
    await audio.lead(remote);
    try {
      await remote.play();
    } catch {
      warn("no_sound");
      document.addEventListener("click", () => remote.play().then(() => warn("")), { once: true });
    }
  };

  const up = (mine) => {
    if (mine !== call) return;
    mine.up = true;
    bell.stop();
    tell("talk", "talking");
    const [sender] = mine.session.connection.getSenders();
    if (sender && sender.track) sender.track.addEventListener("ended", () => vanished(mine));
    mine.timers.push(setInterval(() => look(mine), LOOK_MS), setInterval(() => stillOn(mine), BEAT_MS));
  };

  const over = (mine) => {
    quiet(mine);
    if (mine.stream) audio.stop(mine.stream);
    if (mine !== call) return;
    call = null;
    bell.stop();
    remote.srcObject = null;
    warn("");
    if (ua && ua.isRegistered()) {
      tell("ready", "ready");
      setTimeout(ringBack, LOOK_MS);
    } else if (ua) tell("wait", "lost_socket");
    else tell("off", place.dataset.word);
    part("sure").close();
    refreshDesk();
    if (choice === "desk" && ua) quit("desk", "desk", { phone: desk });
  };

  const quiet = (mine) => {
    mine.timers.splice(0).forEach(clearInterval);
    mine.unwatch();
  };

  const drop = (mine) => {
    try {
      mine.session.terminate();
    } catch {
      over(mine);
    }
  };

  // The service knows whether the call goes on, also where its end did not get through to us.
  const stillOn = async (mine) => {
    if (!mine.attempt) return;
    try {
      const { call: known } = await ask("GET", "/phone");
      mine.gone = !known || known.attempt !== mine.attempt ? (mine.gone || 0) + 1 : 0;
      if (mine.gone > 1 && mine === call) drop(mine);
    } catch {
      // Not to be told just now.
    }
  };

  const look = async (mine) => {
    const found = await audio.quality(mine.session.connection, mine.before);
    mine.before = found;
    if (mine !== call) return;
    const number = (value) => (value === null ? "–" : String(Math.round(value)));
    part("quality").dataset.quality = found.word;
    part("quality").textContent = say("quality", {
      word: say(`quality_${found.word}`),
      rtt: number(found.rtt),
      loss: found.loss.toFixed(1),
      jitter: number(found.jitter),
    });
  };

  // How the customer and I hear each other.
  const how = () => {
    const held = call.session.isOnHold().local;
    const muted = call.session.isMuted().audio;
    tell("talk", held ? "held" : muted ? "muted" : "talking");
    press("hold", held);
    press("mute", muted && !held);
  };

  // --- microphones ------------------------------------------------------------------------------------------------------

  const vanished = async (mine) => {
    if (mine !== call) return;
    warn("vanished");
    await change(mine);
  };

  const change = async (mine) => {
    try {
      const stream = await audio.open();
      const [track] = stream.getAudioTracks();
      const [sender] = mine.session.connection.getSenders();
      const old = sender.track;
      await sender.replaceTrack(track);
      mine.stream = stream;
      track.enabled = !mine.session.isMuted().audio;
      track.addEventListener("ended", () => vanished(mine));
      if (old) old.stop();
      if (part("warning").dataset.word === "vanished") warn("other_microphone", { name: track.label });
    } catch {
      warn("vanished");
    }
  };

  const listDevices = async () => {
    for (const [kind, listed] of [
      ["input", await audio.inputs()],
      ["output", await audio.outputs()],
    ]) {
      const field = part(kind);
      const options = listed.map((each, count) => new Option(each.label || say("device", { count: count + 1 }), each.deviceId));
      field.replaceChildren(new Option(say("usual_device"), ""), ...options);
      field.value = audio.kept()[kind] || "";
      if (field.selectedIndex < 0) field.value = "";
    }
  };

  const devicesChanged = async () => {
    if (choice !== "browser") return;
    const there = await audio.inputs();
    await listDevices();
    if (!there.length && !call) return quit("off", "missing");
    if (!there.length) warn("vanished");
    else if (["missing"].includes(place.dataset.word)) begin();
  };

  let test = null;

  const endTest = () => {
    if (!test) return;
    test.level.close();
    audio.stop(test.stream);
    test = null;
    part("level").value = 0;
    part("test").textContent = say("test");
  };

  const tryMicrophone = async () => {
    if (test) return endTest();
    try {
      const stream = await audio.open();
      const level = new audio.Level(stream, (value, heard) => {
        part("level").value = value;
        const told = say(heard === null ? "speak_now" : heard ? "heard" : "unheard");
        if (part("heard").textContent !== told) part("heard").textContent = told;
        part("heard").dataset.heard = String(heard);
      });
      test = { stream, level };
      part("test").textContent = say("test_end");
      await listDevices();
    } catch (error) {
      part("heard").textContent = say(error.name === "NotFoundError" ? "missing" : "denied");
      part("heard").dataset.heard = "denied";
    }
  };

  // --- what is pressed ----------------------------------------------------------------------------------------------------

  const showChoice = (shown) => {
    for (const field of place.querySelectorAll("input[name=phone-choice]")) {
      field.checked = field.value === shown.choice;
      if (field.value === "desk") field.disabled = !shown.desk;
    }
    part("desk-name").textContent = shown.desk || say("no_desk");
  };

  const choose = async (event) => {
    warn("");
    try {
      const shown = await ask("PUT", "/phone", { choice: event.target.value });
      rungBack = "";
      failures = 0;
      // The talk that goes on moves to the phone that was chosen.
      if (shown.choice === "desk" && shown.call && GOING_ON.includes(shown.call.state)) {
        await ask("POST", `/attempts/${shown.call.attempt}/ring-back`);
      }
    } catch (error) {
      toldRefusal(error);
    }
    begin();
  };

  const toldRefusal = (error) => warn("refused", { why: error.told?.detail || error.told?.title || say("out_of_reach") });

  const hangUp = async () => {
    part("sure").close();
    if (!call) return;
    if (!call.attempt) return drop(call);
    try {
      await ask("POST", `/attempts/${call.attempt}/hang-up`, {});
    } catch (error) {
      if (error.told) toldRefusal(error);
      else drop(call);
    }
  };

  const askToHangUp = async () => {
    if (!call) return;
    if (call.asks) return drop(call);
    let state = "talking";
    try {
      const { call: mine } = await ask("GET", "/phone");
      state = mine ? mine.state : state;
    } catch {
      // Then it is asked for.
    }
    if (call && call.attempt && state === "talking") part("sure").showModal();
    else hangUp();
  };

  const mute = () => {
    if (!call || !call.up || call.session.isOnHold().local) return;
    const yes = !call.session.isMuted().audio;
    if (yes) call.session.mute({ audio: true });
    else call.session.unmute({ audio: true });
    how();
  };

  const hold = () => {
    if (!call || !call.up) return;
    if (call.session.isOnHold().local) call.session.unhold();
    else call.session.hold();
  };

  const key = (event) => {
    const digit = event.target.closest("button[data-digit]")?.dataset.digit;
    if (!digit || !call || !call.up) return;
    call.session.sendDTMF(digit, { duration: 160, interToneGap: 80, transportType: "RFC2833" });
    part("pressed").textContent += digit;
  };

  part("mute").addEventListener("click", mute);
  part("hold").addEventListener("click", hold);
  part("keys").addEventListener("click", () => {
    part("pressed").textContent = "";
    part("keypad").showModal();
  });
  part("keypad").addEventListener("click", key);
  part("hangup").addEventListener("click", askToHangUp);
  part("sure-yes").addEventListener("click", hangUp);
  part("answer").addEventListener("click", () => call && call.asks && answer(call));
  part("here").addEventListener("click", async () => {
    tell("wait", "connecting");
    await alone(true);
    register().catch(again);
  });
  part("again").addEventListener("click", begin);
  part("warning-close").addEventListener("click", () => warn(""));
  part("setup").addEventListener("click", () => part("settings").showModal());
  part("settings").addEventListener("close", endTest);
  part("test").addEventListener("click", tryMicrophone);
  part("ring-test").addEventListener("click", () => bell.chime());
  for (const field of place.querySelectorAll("input[name=phone-choice]")) field.addEventListener("change", choose);
  part("input").addEventListener("change", (event) => {
    audio.keep({ input: event.target.value });
    if (call && call.up) change(call);
    if (test) {
      endTest();
      tryMicrophone();
    }
  });
  part("output").addEventListener("change", (event) => {
    audio.keep({ output: event.target.value });
    audio.lead(remote);
  });

  // --- asleep and awake ---------------------------------------------------------------------------------------------------

  let beat = Date.now();

  const beats = () => {
    const now = Date.now();
    const away_ms = now - beat - BEAT_MS;
    beat = now;
    if (choice !== "browser" || away_ms < ASLEEP_MS) return;
    warn("slept", { seconds: Math.round(away_ms / 1000) });
    if (ua && !call) ua.register();
  };

  const seen = () => {
    place.dataset.hidden = document.hidden ? "yes" : "no";
    if (document.hidden) return;
    beats();
    if (ua && !ua.isConnected() && !call) begin();
  };

  setInterval(beats, BEAT_MS);
  document.addEventListener("visibilitychange", seen);
  window.addEventListener("online", () => ua && !ua.isRegistered() && !call && begin());
  if (navigator.mediaDevices) navigator.mediaDevices.addEventListener("devicechange", devicesChanged);
  if (document.readyState === "complete") begin();
  else window.addEventListener("load", begin, { once: true });
})();
