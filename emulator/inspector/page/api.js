/** The control routes, as anyone can `curl` them. The admin token lives here, in memory, and nowhere else. */

/** An answer that is no success, or none at all (status 0); `told` is its body. */
export class ApiError extends Error {
  constructor(status, message, told = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.told = told;
  }

  /** Problems by their place. */
  get details() {
    return this.told.error?.details ?? {};
  }
}

export class Api {
  #token = null;
  #unlocking = null;

  /**
   * @param {URL} root of the emulator, above `/_emulator/`
   * @param {function(boolean): Promise<string>} askToken shows who looks that a token is wanted, with whether one was
   *   tried before, and gives what they typed
   */
  constructor(root, askToken) {
    this.root = root;
    this.askToken = askToken;
  }

  /** The emulated API's base URL, without a slash at its end: what a client is given. */
  get url() {
    return this.root.href.replace(/\/$/, "");
  }

  /** Whether control wants the admin token, as far as it has asked for it. */
  get locked() {
    return this.#token !== null;
  }

  /** GET; `query` has parameters by name, of which null and "" are left out. */
  get(path, query) {
    return this.#json("GET", path, { query });
  }

  post(path, body) {
    return this.#json("POST", path, { body });
  }

  put(path, body) {
    return this.#json("PUT", path, { body });
  }

  delete(path, query) {
    return this.#json("DELETE", path, { query });
  }

  /**
   * Return the answer to a GET as it is, for streams.
   *
   * @throws {ApiError}
   */
  open(path, signal) {
    return this.#send("GET", path, { signal });
  }

  async #json(method, path, options) {
    const response = await this.#send(method, path, options);
    return response.json();
  }

  async #send(method, path, { query = {}, body, signal } = {}) {
    const target = new URL(`_emulator${path}`, this.root);
    for (const [name, value] of Object.entries(query)) {
      if (value !== null && value !== undefined && value !== "") target.searchParams.set(name, value);
    }
    for (;;) {
      const used = this.#token;
      const response = await this.#fetch(method, target, body, signal);
      if (response.status !== 401) return checked(response);
      if (used === this.#token) await this.#unlock();
    }
  }

  #fetch(method, target, body, signal) {
    const headers = { Accept: "application/json, text/event-stream" };
    if (this.#token !== null) headers.Authorization = `Bearer ${this.#token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const options = { method, headers, signal, cache: "no-store", credentials: "omit", redirect: "error" };
    if (body !== undefined) options.body = JSON.stringify(body);
    return fetch(target, options).catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "The emulator does not answer.");
    });
  }

  /** Ask for the token, once for all that wait. */
  async #unlock() {
    this.#unlocking ??= this.askToken(this.#token !== null).then((token) => {
      this.#token = token;
      this.#unlocking = null;
    });
    await this.#unlocking;
  }
}

async function checked(response) {
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new ApiError(response.status, told.error?.message ?? `The emulator answered ${response.status}.`, told);
}
