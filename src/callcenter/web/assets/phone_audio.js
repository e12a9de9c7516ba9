// Sound of the browser's phone: microphones and speakers, the level of a microphone, what rings, how good a line is.
(() => {
  "use strict";

  const KEPT = "callcenter.phone";
  const TICK_MS = 100;
  const QUIET_MS = 4000;
  const HEARD = 0.02;
  const RING_HZ = 425;
  const CHIME_HZ = [660, 880];

  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) || {};
    } catch {
      return {};
    }
  };

  const keep = (values) => {
    try {
      localStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...values }));
    } catch {
      // A browser that keeps nothing asks again next time.
    }
  };

  // --- microphones and speakers ---------------------------------------------------------------------------------

  const constraints = () => {
    const { input } = kept();
    const device = input ? { deviceId: { ideal: input } } : {};
    return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  };

  // Nothing is opened where it is known already: the sign of an open microphone is for calls and tests alone.
  const permission = async () => {
    if (!window.isSecureContext || !navigator.mediaDevices) return "insecure";
    let state = "prompt";
    try {
      state = (await navigator.permissions.query({ name: "microphone" })).state;
    } catch {
      // Not every browser tells.
    }
    try {
      // Asked also where it was denied: that costs no question, and some browsers tell of it wrongly.
      if (state !== "granted") stop(await navigator.mediaDevices.getUserMedia({ audio: true }));
    } catch (error) {
      return error.name === "NotFoundError" ? "missing" : "denied";
    }
    return (await inputs()).length ? "granted" : "missing";
  };

  const ofKind = async (kind) => (await navigator.mediaDevices.enumerateDevices()).filter((each) => each.kind === kind);
  const inputs = () => ofKind("audioinput");
  const outputs = () => ofKind("audiooutput");

  const open = () => navigator.mediaDevices.getUserMedia({ audio: constraints() });
  const stop = (stream) => stream && stream.getTracks().forEach((track) => track.stop());

  const lead = async (element) => {
    const { output } = kept();
    if (!element.setSinkId) return;
    try {
      await element.setSinkId(output || "");
    } catch {
      await element.setSinkId("");
    }
  };

  // --- the level of a microphone ----------------------------------------------------------------------------------

  class Level {
    // told: gets the level, 0 to 1, and whether anything was heard, null while that is open.
    constructor(stream, told) {
      this.context = new AudioContext();
      this.analyser = this.context.createAnalyser();
      this.context.createMediaStreamSource(stream).connect(this.analyser);
      const samples = new Float32Array(this.analyser.fftSize);
      const begun = performance.now();
      let heard = null;
      this.timer = setInterval(() => {
        this.analyser.getFloatTimeDomainData(samples);
        const level = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
        if (level > HEARD) heard = true;
        else if (heard === null && performance.now() - begun > QUIET_MS) heard = false;
        told(Math.min(1, level * 4), heard);
      }, TICK_MS);
      this.context.resume();
    }

    close() {
      clearInterval(this.timer);
      this.context.close();
    }
  }

  // --- what rings ---------------------------------------------------------------------------------------------------

  class Bell {
    async begin() {
      this.stop();
      this.context = new AudioContext();
      await lead(this.context);
    }

    async ring() {
      await this.begin();
      const once = () => this.context && Tones.row(this.context, [RING_HZ], 0, 1);
      once();
      this.timer = setInterval(once, 4000);
    }

    async chime() {
      await this.begin();
      Tones.row(this.context, CHIME_HZ, 0.15, 0.14);
      this.timer = setTimeout(() => this.stop(), 1000);
    }

    stop() {
      clearInterval(this.timer);
      if (this.context) this.context.close();
      this.context = null;
    }
  }

  // --- how good the line is ---------------------------------------------------------------------------------------

  // Milliseconds, and per cent of the packets since the last look.
  const quality = async (connection, before) => {
    const found = { rtt: null, jitter: null, lost: 0, came: 0 };
    (await connection.getStats()).forEach((each) => {
      if (each.type === "inbound-rtp" && each.kind === "audio") {
        found.jitter = (each.jitter || 0) * 1000;
        found.lost = each.packetsLost || 0;
        found.came = each.packetsReceived || 0;
      }
      if (each.type === "remote-inbound-rtp" && each.roundTripTime !== undefined) found.rtt = each.roundTripTime * 1000;
      if (each.type === "candidate-pair" && each.nominated && each.currentRoundTripTime !== undefined && found.rtt === null) {
        found.rtt = each.currentRoundTripTime * 1000;
      }
    });
    const lost = Math.max(0, found.lost - (before ? before.lost : 0));
    const came = Math.max(0, found.came - (before ? before.came : 0));
    const loss = lost + came ? (100 * lost) / (lost + came) : 0;
    const silent = Boolean(before) && came === 0;
    return { ...found, loss, word: silent ? "silent" : judged(found.rtt || 0, loss, found.jitter || 0) };
  };

  const judged = (rtt, loss, jitter) => {
    if (rtt > 400 || loss > 5 || jitter > 60) return "poor";
    return rtt > 200 || loss > 1 || jitter > 30 ? "fair" : "good";
  };

  window.PhoneAudio = { kept, keep, permission, inputs, outputs, open, stop, lead, Level, Bell, quality };
})();
