/**
 * The client of a Diptych application, for browsers and for Node 20 and later: one module, no dependencies.
 *
 *     import { Diptych, StaleVersion } from "/client.js";
 *
 *     const shop = new Diptych();                                  // in Node: new Diptych({ base: "http://…" })
 *     const receipt = await shop.send("POST", "/api/orders", { customerId: "ada", items: [ … ] });
 *     const order = await shop.waitFor(receipt, { strategy: "sse", timeoutMs: 5000 });
 *     console.log(order.value.total, order.version);
 *
 * A command is answered before the views know of it. So it is *sent* under an idempotency key, again and again with
 * the same key and bytes while a retry may help; and then *waited for*, in one of four ways with the same result.
 * The Rust crate `diptych-client` is the same client; where one is changed, the other is.
 *
 * @typedef {object} Receipt  What a command is answered with: ids and places. It can be stored and handed on.
 * @property {string} id  The id of the thing; also there under the name that the server gave it (`orderId`, …).
 * @property {string} correlationId  The conversation that the command belongs to.
 * @property {number} revision  Place of the stream's last event, 0-based; what a view calls its version.
 * @property {number} position  Place in the whole store; a view that has come so far holds what the command did.
 * @property {"PROCESSING" | "COMPLETED"} status
 * @property {{ self: string, status: string, stream: string }} links
 *
 * @typedef {object} View  What a read model has, and the place it is from.
 * @property {any} value  What was asked for.
 * @property {number} [version]  What a command's `version` must be; lists and statistics have none.
 * @property {string} [etag]  The name of exactly this state, for `ifMatch`.
 * @property {number} [position]  The position that the read model reflects; of an event, that of its last change.
 *
 * @typedef {object} RetryPolicy
 * @property {number} minDelayMs  The most that is slept before the first retry (100).
 * @property {number} maxDelayMs  The most that is slept before any retry, what the server asks for aside (5000).
 * @property {number} attempts  How often a call is made, the first time included (6). Waiting knows its deadline only.
 * @property {number} attemptTimeoutMs  How long one attempt may take (10000).
 * @property {number} giveUpAfterMs  How long a call may take in all (30000).
 */

// ---------------------------------------------------------------------------------------------------- what goes wrong

/** Why a call did not give what it was asked for. The class says what a caller can do about it. */
export class DiptychError extends Error {
  /** Whether the same call may succeed later without anything being changed about it. */
  transient = false;
  /** Whether a command that ended so may have been recorded all the same. */
  outcomeOpen = false;

  /** @param {string} message @param {object} [details] members to add, `cause` among them */
  constructor(message, { cause, ...details } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = this.constructor.name;
    /** The conversation that the call belonged to. @type {string | undefined} */
    this.correlationId = undefined;
    /** The places at fault: `{ pointer | parameter | header, detail }`. @type {object[]} */
    this.errors = [];
    Object.assign(this, details);
  }
}

class TransientError extends DiptychError {
  transient = true;
}

/** Someone was first (409 or 412); `currentVersion` is the one there is now. Read again, decide again. */
export class StaleVersion extends DiptychError {}
/** The domain says no (409); the rule is in `type` and `title`. */
export class Rejected extends DiptychError {}
/** The request is at fault (400, 422); where, is in `errors`. */
export class Invalid extends DiptychError {}
/** Neither the read model nor the log knows it (404). */
export class NotFound extends DiptychError {}
/** It was erased (410). */
export class Gone extends DiptychError {}
/** No token, or a wrong one (401). */
export class Unauthorized extends DiptychError {}
/** Not allowed (403). */
export class Forbidden extends DiptychError {}
/** The body is larger than the server takes (413). */
export class TooLong extends DiptychError {}
/** The command must say which version it has seen: `ifMatch`, or `version` in its body (428). */
export class VersionRequired extends DiptychError {}
/** Any other status, and any answer that is not of the form expected. */
export class Unexpected extends DiptychError {}
/** Too many requests, also after retries (429). Nothing was recorded. */
export class Throttled extends TransientError {}
/** The server cannot now, also after retries (503; for a query also 502 and 504). Nothing was recorded. */
export class Unavailable extends TransientError {}
/** The thing exists, but the read model has not come so far (202). What waits goes on waiting. */
export class NotYet extends TransientError {}
/** It did not become visible in time (408); `cause` is what the last attempt ended in. */
export class Timeout extends TransientError {
  outcomeOpen = true;
}
/** There was no connection, or it was lost before the answer was complete. */
export class Interrupted extends TransientError {
  outcomeOpen = true;
}
/** Whether the command was recorded is not known. Send it again with this `idempotencyKey` to learn it. */
export class Unknown extends TransientError {
  outcomeOpen = true;
}

const KINDS = {
  400: Invalid, 401: Unauthorized, 403: Forbidden, 404: NotFound, 408: Timeout, 409: Rejected, 410: Gone,
  412: StaleVersion, 413: TooLong, 422: Invalid, 428: VersionRequired, 429: Throttled, 502: Unavailable,
  503: Unavailable, 504: Unavailable,
};

/** Reads an answer that is not a success; a page of a proxy will do. */
async function refusal(response, correlationId) {
  const text = await response.text();
  const problem = parsed(text) ?? { detail: text.slice(0, 200) };
  const stale = response.status === 409 && problem.currentVersion !== undefined;
  const Kind = stale ? StaleVersion : KINDS[response.status] ?? Unexpected;
  const { type = "about:blank", title = response.statusText, detail = "", errors = [], currentVersion } = problem;
  const error = new Kind(`${title} (${response.status})${detail && `: ${detail}`}`, {
    type, title, detail, errors, currentVersion, status: response.status,
    retryAfterMs: retryAfterMs(response) ?? (problem.retryAfter ?? 0) * 1000,
    correlationId: problem.correlationId ?? response.headers.get("x-correlation-id") ?? correlationId,
  });
  if (response.status === 502 || response.status === 504) error.outcomeOpen = true;
  return error;
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `Retry-After` in its form of seconds; the form of a date is taken as absent. */
function retryAfterMs(response) {
  const seconds = response.headers.get("retry-after");
  return seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

// ------------------------------------------------------------------------------------------------------------- time

/** The longest that a timer takes. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** The longest that the server waits for one request. */
const LONGEST_WAIT = 30_000;

const now = () => performance.now();

function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const left = () => { clearTimeout(timer); reject(signal.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", left); resolve(); }, ms);
    if (signal?.aborted) left();
    signal?.addEventListener("abort", left, { once: true });
  });
}

/** Runs `attempt(signal)` for at most `ms`; then its signal is aborted, and it counts as interrupted. */
async function limited(ms, outer, attempt) {
  const controller = new AbortController();
  const leave = () => controller.abort(outer.reason);
  const expire = () => controller.abort(new Interrupted(`no answer within ${Math.round(ms)} ms`));
  if (outer?.aborted) leave();
  outer?.addEventListener("abort", leave, { once: true });
  const timer = setTimeout(expire, Math.min(Math.ceil(ms) + 1, LONGEST_TIMER)); // may be early by less than 1 ms
  const { signal } = controller;
  const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  try {
    signal.throwIfAborted();
    return await Promise.race([attempt(signal), aborted]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", leave);
    controller.abort(); // lets go of whatever the attempt still holds open
  }
}

// ----------------------------------------------------------------------------------------------------------- client

/** A client of one Diptych application. */
export class Diptych {
  #base;
  #token;
  #fetch;
  #WebSocket;
  #policy;

  /**
   * @param {object} [options]
   * @param {string} [options.base]  Where the application is; in a browser, by default where the page came from.
   * @param {string} [options.token]  Sent with every request; a WebSocket cannot carry it.
   * @param {Partial<RetryPolicy>} [options.retry]
   * @param {typeof fetch} [options.fetch]
   * @param {typeof WebSocket | null} [options.WebSocket]  For Node before 22, which has none of its own.
   */
  constructor({ base = globalThis.location?.origin, token, retry = {}, fetch, WebSocket = globalThis.WebSocket } = {}) {
    if (!/^https?:\/\//.test(base ?? "")) {
      throw new TypeError(`no application at ${base}: say where it is, new Diptych({ base: "http://127.0.0.1:3000" })`);
    }
    this.#base = base.replace(/\/+$/, "");
    this.#token = token;
    this.#fetch = fetch ?? globalThis.fetch.bind(globalThis);
    this.#WebSocket = WebSocket;
    this.#policy = {
      minDelayMs: 100, maxDelayMs: 5_000, attempts: 6, attemptTimeoutMs: 10_000, giveUpAfterMs: 30_000, ...retry,
    };
  }

  /**
   * Sends a command until its outcome is known, or the retry policy gives up: always with the same key and bytes.
   *
   * @param {"POST" | "PATCH" | "PUT" | "DELETE"} method
   * @param {string} path
   * @param {object} [body]
   * @param {object} [options]
   * @param {string} [options.idempotencyKey]  Takes up a command that was sent before.
   * @param {string} [options.correlationId]  Makes it part of a conversation that has begun already.
   * @param {string} [options.ifMatch]  Only if the thing is at this version still: a view's `etag`.
   * @param {AbortSignal} [options.signal]
   * @returns {Promise<Receipt>}
   * @throws {DiptychError}  `Unknown` when it may have been recorded; after the others nothing was.
   */
  async send(method, path, body, { idempotencyKey = fresh(), correlationId = fresh(), ifMatch, signal } = {}) {
    const headers = { "idempotency-key": idempotencyKey, "x-correlation-id": correlationId };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (ifMatch !== undefined) headers["if-match"] = ifMatch;
    const request = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };

    let [attempts, open] = [0, false];
    const again = (error) => {
      attempts += 1;
      open ||= error.outcomeOpen;
      return error.transient;
    };
    try {
      return await this.#call((signal) => this.#sent(path, request, correlationId, signal), again, signal);
    } catch (cause) {
      if (!open || !cause.transient) throw cause;
      const message = `outcome unknown after ${attempts} attempts with idempotency key ${idempotencyKey}`;
      throw new Unknown(message, { cause, idempotencyKey, correlationId, attempts });
    }
  }

  /**
   * Reads the view at a path as it is now.
   *
   * @param {string} path
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<View>}
   * @throws {DiptychError}  `NotYet` when the thing exists and the read model has not come to it.
   */
  async get(path, { signal } = {}) {
    const again = (error) => error.transient && !(error instanceof NotYet);
    return this.#call((signal) => this.#view(path, undefined, signal), again, signal);
  }

  /**
   * Reads the view at any path, once it holds what a receipt stands for. Waits by long request.
   *
   * @param {string} path
   * @param {Receipt} receipt
   * @param {{ timeoutMs?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<View>}
   */
  async getAt(path, receipt, { timeoutMs = this.#policy.giveUpAfterMs, signal } = {}) {
    return this.#wait(receipt, timeoutMs, signal, (...given) => this.#long(path, receipt, ...given));
  }

  /**
   * Waits until the thing that a command was about can be read as the command has left it, or later.
   *
   * @param {Receipt} receipt
   * @param {object} [options]
   * @param {"long" | "polling" | "sse" | "websocket"} [options.strategy]
   * @param {number} [options.timeoutMs]  The deadline for all of it.
   * @param {AbortSignal} [options.signal]
   * @returns {Promise<View>}
   * @throws {DiptychError}  `Timeout` when it was not visible in time; it is recorded all the same.
   */
  async waitFor(receipt, { strategy = "long", timeoutMs = 10_000, signal } = {}) {
    const attempts = {
      long: (...given) => this.#long(receipt.links.self, receipt, ...given),
      polling: (signal) => this.#poll(receipt, signal),
      sse: (signal) => this.#firstEvent(receipt, signal),
      websocket: (signal) => this.#message(receipt, signal),
    };
    if (!Object.hasOwn(attempts, strategy)) {
      throw new TypeError(`no strategy ${strategy}; there are ${Object.keys(attempts).join(", ")}`);
    }
    return this.#wait(receipt, timeoutMs, signal, attempts[strategy]);
  }

  /**
   * The view at a path, and again after each change, over broken connections, until the loop is left.
   *
   *     for await (const order of shop.follow("/api/orders/ORD-001")) show(order.value);
   *
   * @param {string} path
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {AsyncGenerator<View>}
   */
  async *follow(path, { signal } = {}) {
    const resume = { lastEventId: undefined, pauseMs: 0 };
    for (let failures = 0; ; ) {
      const since = now();
      try {
        for await (const view of this.#events(streamOf(path), resume, undefined, signal)) {
          failures = 0;
          yield view;
        }
        return;
      } catch (error) {
        if (now() - since > this.#policy.maxDelayMs) failures = 0; // the connection was a good one
        failures += 1;
        if (!error.transient || failures >= this.#policy.attempts) throw error;
        await sleep(Math.max(resume.pauseMs, error.retryAfterMs ?? 0) + this.#jitter(failures - 1), signal);
      }
    }
  }

  /**
   * One page of a list: `{ items, page, limit, total, links }`.
   *
   * @param {string} path
   * @param {{ signal?: AbortSignal }} [options]
   */
  async page(path, options) {
    return (await this.get(path, options)).value;
  }

  /**
   * The items of a list, over all its pages as the server links them: none is skipped or repeated.
   *
   * @param {string} path
   * @param {{ signal?: AbortSignal }} [options]
   */
  async *list(path, options) {
    for (let next = path; next !== undefined; ) {
      const { items, links } = await this.page(next, options);
      yield* items;
      next = links?.next;
    }
  }

  /**
   * How far the views are: `{ status, position, projections }`.
   *
   * @param {Receipt} receipt
   * @param {{ signal?: AbortSignal }} [options]
   */
  async status(receipt, options) {
    return (await this.get(receipt.links.status, options)).value;
  }

  // ------------------------------------------------------------------------------------------ the four ways to wait

  async #long(path, receipt, signal, deadline) {
    const patience = Math.max(1, Math.floor(Math.min(deadline - now(), LONGEST_WAIT)));
    const asked = withQuery(path, { position: receipt.position, wait: true, timeoutMs: patience });
    return this.#view(asked, receipt.correlationId, signal);
  }

  async #poll(receipt, signal) {
    const asked = withQuery(receipt.links.self, { position: receipt.position });
    return limited(this.#policy.attemptTimeoutMs, signal, (signal) => this.#view(asked, receipt.correlationId, signal));
  }

  async #firstEvent(receipt, signal) {
    const resume = { lastEventId: undefined, pauseMs: 0 };
    for await (const view of this.#events(receipt.links.stream, resume, receipt.correlationId, signal)) return view;
    throw new NotYet("the stream has ended without a view", { correlationId: receipt.correlationId });
  }

  /** A message is a hint, the request is the truth: those of other views in the conversation lead to a 202. */
  async #message(receipt, signal) {
    for await (const message of this.#messages(receipt.correlationId, signal)) {
      if (!message?.type?.endsWith?.("ViewUpdated") || message.correlationId !== receipt.correlationId) continue;
      try {
        return await this.#poll(receipt, signal);
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
      }
    }
    throw new Interrupted("the server has closed the socket", { correlationId: receipt.correlationId });
  }

  // ------------------------------------------------------------------------------------------------- again and again

  /** A call by the retry policy. */
  async #call(attempt, again, signal) {
    const { giveUpAfterMs, attempts, attemptTimeoutMs } = this.#policy;
    return this.#until(now() + giveUpAfterMs, attempts, attemptTimeoutMs, again, signal, attempt);
  }

  /** Attempts until the deadline; what is transient still when it ends is a timeout. */
  async #wait(receipt, timeoutMs, signal, attempt) {
    const { correlationId } = receipt;
    try {
      return await this.#until(now() + timeoutMs, Infinity, Infinity, (error) => error.transient, signal, attempt);
    } catch (cause) {
      if (!cause.transient || cause instanceof Timeout) throw cause;
      const detail = `not visible within ${timeoutMs} ms`;
      throw new Timeout(detail, { cause, correlationId, status: 408, title: "Timeout", detail });
    }
  }

  /** Makes attempts until one succeeds, one fails for good, or the next could not begin before the deadline. */
  async #until(deadline, attempts, attemptTimeoutMs, again, signal, attempt) {
    for (let made = 1; ; made += 1) {
      try {
        const timeout = Math.min(attemptTimeoutMs, deadline - now());
        return await limited(timeout, signal, (signal) => attempt(signal, deadline));
      } catch (error) {
        const delay = this.#jitter(made - 1) + (error.retryAfterMs ?? 0);
        if (!again(error) || made >= attempts || now() + delay >= deadline) throw error;
        await sleep(delay, signal);
      }
    }
  }

  /** "Full jitter": a random part of a ceiling that doubles, so that those refused together do not return together. */
  #jitter(failures) {
    const { minDelayMs, maxDelayMs } = this.#policy;
    return Math.random() * Math.min(maxDelayMs, minDelayMs * 2 ** failures);
  }

  // ---------------------------------------------------------------------------------------------------- the requests

  async #sent(path, request, correlationId, signal) {
    const receipt = await this.#ask(path, request, correlationId, signal, async (response) => {
      if (response.status !== 202) throw await refusal(response, correlationId);
      return parsed(await response.text());
    });
    const member = Object.keys(receipt ?? {}).find((name) => name.endsWith("Id") && name !== "correlationId");
    if (member === undefined) throw new Unexpected("the answer is not a receipt", { correlationId });
    return Object.freeze({ id: receipt[member], ...receipt });
  }

  async #view(path, correlationId, signal) {
    return this.#ask(path, { method: "GET" }, correlationId, signal, async (response) => {
      if (response.status === 202) {
        throw new NotYet("not there yet", { correlationId, retryAfterMs: retryAfterMs(response) ?? 0 });
      }
      const etag = response.headers.get("etag") ?? undefined;
      const position = response.headers.get("x-position") ?? undefined;
      const value = parsed(await response.text());
      if (value === undefined) throw new Unexpected("the answer is not a view", { correlationId });
      return { value, version: numbered(/^"(\d+)-\d+"$/.exec(etag)?.[1]), etag, position: numbered(position) };
    });
  }

  /** Sends a request and reads its answer; whatever breaks in between is an interruption. */
  async #ask(path, { headers, ...request }, correlationId, signal, read) {
    const url = this.#url(path);
    const authorization = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    try {
      const all = { ...authorization, ...headers };
      const response = await this.#fetch(url, { ...request, headers: all, signal, redirect: "error" });
      if (!response.ok) throw await refusal(response, correlationId);
      return await read(response);
    } catch (error) {
      if (error instanceof DiptychError || signal?.aborted) throw error;
      throw new Interrupted("no connection, or lost before the answer was complete", { cause: error, correlationId });
    }
  }

  /** The views of one connection of Server-Sent Events, keeping `resume` up to date. Ends with a 204. */
  async *#events(path, resume, correlationId, signal) {
    const headers = { accept: "text/event-stream" };
    if (resume.lastEventId) headers["last-event-id"] = resume.lastEventId;
    const leaving = new AbortController();
    const leave = () => leaving.abort(signal.reason);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      signal?.throwIfAborted();
      const request = { method: "GET", headers };
      const response = await this.#ask(path, request, correlationId, leaving.signal, async (response) => response);
      if (response.status === 204) return;
      for await (const event of parsedEvents(response.body, resume)) {
        if (event.type === "timeout") throw new NotYet("no view yet", { correlationId });
        if (event.type === "message") yield viewOf(event);
      }
      throw new Interrupted("the server has ended the stream", { correlationId });
    } catch (error) {
      if (error instanceof DiptychError || signal?.aborted) throw error;
      throw new Interrupted("the connection was lost", { cause: error, correlationId });
    } finally {
      signal?.removeEventListener("abort", leave);
      leaving.abort();
    }
  }

  /** What a WebSocket tells of one conversation. Ends when the socket closes. */
  async *#messages(correlationId, signal) {
    if (!this.#WebSocket) {
      throw new TypeError("there is no WebSocket here: new Diptych({ WebSocket }), such as that of the package ws");
    }
    const socket = new this.#WebSocket(this.#url("/ws").replace(/^http/, "ws"));
    const heard = [];
    let wake = () => {};
    const hear = (message) => { heard.push(message); wake(); };
    const leave = () => hear(undefined);
    socket.addEventListener("open", () => socket.send(JSON.stringify({ subscribe: { correlationId } })));
    socket.addEventListener("message", ({ data }) => hear(parsed(data) ?? {}));
    socket.addEventListener("close", leave);
    socket.addEventListener("error", leave);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      for (;;) {
        while (heard.length === 0) await new Promise((resolve) => { wake = resolve; });
        const message = heard.shift();
        if (message === undefined) return;
        yield message;
      }
    } finally {
      signal?.removeEventListener("abort", leave);
      socket.close();
    }
  }

  /** Paths are only ever appended to the base, so the token stays with it. */
  #url(path) {
    if (!path.startsWith("/")) throw new TypeError(`path ${path} does not begin with a slash`);
    return this.#base + path;
  }
}

// ----------------------------------------------------------------------------------------------- Server-Sent Events

/** The events of a stream of bytes, by the rules of the HTML standard. */
async function* parsedEvents(body, resume) {
  let [type, data, id] = ["", [], undefined];
  for await (const line of linesOf(body)) {
    if (line === "") {
      if (id !== undefined) resume.lastEventId = id;
      if (data.length > 0) yield { type: type || "message", data: data.join("\n"), id };
      [type, data, id] = ["", [], undefined];
      continue;
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === "event") type = value ?? "";
    if (field === "data") data.push(value ?? "");
    if (field === "id" && !value?.includes("\0")) id = value ?? "";
    if (field === "retry" && /^\d+$/.test(value ?? "")) resume.pauseMs = Number(value);
  }
}

/** Whole lines, ended by CR LF, LF or CR; the last one is dropped when it was cut. */
async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      yield* lines;
    }
  } finally {
    reader.cancel().catch(() => {}); // it may be broken already
  }
}

/** @returns {View} */
function viewOf({ data, id }) {
  const value = parsed(data);
  if (value === undefined) throw new Unexpected("the event does not hold a view");
  const [version, position] = [value.version, numbered(id)];
  const etag = version === undefined || position === undefined ? undefined : `"${version}-${position}"`;
  return { value, version, etag, position };
}

// ------------------------------------------------------------------------------------------------------ small things

function numbered(digits) {
  return digits !== undefined && /^\d+$/.test(digits) ? Number(digits) : undefined;
}

function withQuery(path, members) {
  return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(members)}`;
}

function streamOf(path) {
  const [place, query] = path.split(/\?(.*)/s);
  return `${place.replace(/\/+$/, "")}/stream${query === undefined ? "" : `?${query}`}`;
}

/** A fresh id. `randomUUID` is not there on a page that came over plain HTTP from another machine. */
function fresh() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
