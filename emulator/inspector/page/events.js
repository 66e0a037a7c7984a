/** What happens, as it happens. Read with fetch, since an EventSource cannot send the admin token. */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** The server shows every 15 s that the stream lives; after this long without it the line is taken for dead. */
const SILENCE = 40_000;
/** A page that nobody sees listens no longer than this: an emulator that nobody watches has less to do. */
const UNSEEN = 60_000;

/** Takes server-sent events apart, in whatever pieces they come. */
export class Parser {
  #rest = "";
  #decoder = new TextDecoder();

  /**
   * Return the events that a piece completes.
   *
   * @param {Uint8Array} piece
   * @returns {{kind: string, data: string}[]}
   */
  feed(piece) {
    this.#rest += this.#decoder.decode(piece, { stream: true });
    const blocks = this.#rest.split("\n\n");
    this.#rest = blocks.pop();
    return blocks.map(read).filter((event) => event !== null);
  }
}

function read(block) {
  let kind = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) kind = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { kind, data: data.join("\n") } : null;
}

/** A mistake in who is told is no reason to stop listening. */
function told(tell) {
  try {
    tell();
  } catch (error) {
    reportError(error);
  }
}

export class Events {
  #wake = () => {};
  #abort = null;
  #hiddenSince = null;

  /**
   * @param {import("./api.js").Api} api
   * @param {{opened: function(): void, event: function(string, object): void, state: function(string, object): void}} to
   *   is told of a stream that begins, of each event, and of the state: `live`, `lost` (with `pause` in milliseconds
   *   until the next try), `refused` (with `message`) or `asleep`
   */
  constructor(api, to) {
    this.api = api;
    this.to = to;
  }

  /** Listen for ever. */
  async start() {
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("online", () => this.retry());
    let pause = FIRST_PAUSE;
    for (;;) {
      const outcome = await this.#listen();
      if (outcome.lived) pause = FIRST_PAUSE;
      if (outcome.refused) {
        this.to.state("refused", { message: outcome.refused });
        await this.#wait(LONGEST_PAUSE);
      } else if (this.#asleep()) {
        this.to.state("asleep", {});
        await this.#wait(Infinity);
      } else {
        this.to.state("lost", { pause });
        await this.#wait(pause * (0.75 + Math.random() / 2));
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
  }

  /** Try again now, where the stream is lost. */
  retry() {
    this.#wake();
  }

  async #listen() {
    const abort = (this.#abort = new AbortController());
    let timer = null;
    const outcome = { lived: false, refused: null };
    try {
      const response = await this.api.open("/events", abort.signal);
      outcome.lived = true;
      this.to.state("live", {});
      told(() => this.to.opened());
      const parser = new Parser();
      const reader = response.body.getReader();
      for (;;) {
        timer = setTimeout(() => abort.abort(), SILENCE);
        const { done, value } = await reader.read();
        clearTimeout(timer);
        if (done) return outcome;
        for (const event of parser.feed(value)) told(() => this.to.event(event.kind, JSON.parse(event.data)));
      }
    } catch (error) {
      if (error.status >= 400 && error.status < 500) outcome.refused = error.message;
      return outcome;
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }

  #wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = milliseconds === Infinity ? null : setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #asleep() {
    return this.#hiddenSince !== null && Date.now() - this.#hiddenSince >= UNSEEN;
  }

  #seen() {
    if (document.hidden) {
      this.#hiddenSince = Date.now();
      setTimeout(() => this.#asleep() && this.#abort?.abort(), UNSEEN + 100);
    } else {
      this.#hiddenSince = null;
      this.retry();
    }
  }
}
