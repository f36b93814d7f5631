/**
 * The market streams of one symbol over one socket. A lost connection is opened again, with a growing pause; whoever listens learns of it
 * and asks for what it missed.
 */

/** Pauses before the next attempts, in ms. */
const pauses = [250, 500, 1000, 2000, 5000];

/** Milliseconds without any message after which a connection counts as dead: the book of a trading market changes far more often. */
const silenceMs = 70_000;

export class MarketStream {
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {Set<string>} */
  #streams = new Set();
  #failures = 0;
  #nextId = 1;
  #lastMessage = 0;
  #listener;
  #onState;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /**
   * @param {(stream: string, data: any) => void} listener
   * @param {(state: "connecting" | "live" | "lost") => void} onState `live` also means: whatever was sent before is gone
   */
  constructor(listener, onState) {
    this.#listener = listener;
    this.#onState = onState;
    setInterval(() => this.#checkSilence(), 10_000);
    addEventListener("online", () => {
      if (this.#socket?.readyState !== WebSocket.OPEN) this.#connect();
    });
  }

  /** Whether messages of the streams arrive. */
  get live() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Replaces the streams that are listened to. @param {string[]} streams */
  listen(streams) {
    const wanted = new Set(streams);
    const ended = [...this.#streams].filter((stream) => !wanted.has(stream));
    const added = streams.filter((stream) => !this.#streams.has(stream));
    this.#streams = wanted;
    if (this.#socket?.readyState === WebSocket.OPEN) {
      if (ended.length > 0) this.#send("UNSUBSCRIBE", ended);
      if (added.length > 0) this.#send("SUBSCRIBE", added);
    } else if (this.#socket === undefined) this.#connect();
  }

  /** @param {string} method @param {string[]} params */
  #send(method, params) {
    this.#socket?.send(JSON.stringify({ method, params, id: this.#nextId++ }));
  }

  #connect() {
    clearTimeout(this.#retry);
    if (this.#streams.size === 0) return;
    const previous = this.#socket;
    this.#socket = undefined;
    previous?.close();
    this.#onState(this.#failures === 0 ? "connecting" : "lost");
    const opened = new Set(this.#streams);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/stream?streams=${[...opened].join("/")}`);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      if (socket !== this.#socket) return;
      this.#failures = 0;
      this.#lastMessage = Date.now();
      // The symbol may have been switched while the connection was made.
      const missed = [...this.#streams].filter((stream) => !opened.has(stream));
      const ended = [...opened].filter((stream) => !this.#streams.has(stream));
      if (missed.length > 0) this.#send("SUBSCRIBE", missed);
      if (ended.length > 0) this.#send("UNSUBSCRIBE", ended);
      this.#onState("live");
    });
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      this.#lastMessage = Date.now();
      const received = JSON.parse(event.data);
      if (this.#streams.has(received.stream)) this.#listener(received.stream, received.data);
    });
    socket.addEventListener("close", () => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      this.#failures += 1;
      this.#onState("lost");
      this.#retry = setTimeout(() => this.#connect(), pauses[Math.min(this.#failures, pauses.length) - 1]);
    });
  }

  #checkSilence() {
    if (this.#socket?.readyState === WebSocket.OPEN && Date.now() - this.#lastMessage > silenceMs) this.#connect();
  }
}
