// The JavaScript client against the same scripts as the Rust one (`tests/client/cases.rs`), under Node's own runner.
//
// Started by `tests/client/javascript.rs`, which serves the scripts at SCRIPTS and gives the module as CLIENT_JS.
// `node --experimental-websocket` gives Node 20 the WebSocket that browsers and later versions have.

import assert from "node:assert/strict";
import { test } from "node:test";

const { SCRIPTS, CLIENT_JS } = process.env;
const client = await import(CLIENT_JS);
const { Diptych } = client;

const quick = { minDelayMs: 1, maxDelayMs: 5 };
const of = (name, retry = {}, more = {}) =>
  new Diptych({ base: `${SCRIPTS}/${name}`, retry: { ...quick, ...retry }, ...more });
const asked = async (name) => (await fetch(`${SCRIPTS}/asked/${name}`)).json();
const create = (shop, options) => shop.send("POST", "/api/orders", { customerId: "ada" }, options);

const receipt = {
  id: "ORD-1", orderId: "ORD-1", correlationId: "c-42", revision: 3, position: 42, status: "PROCESSING",
  links: {
    self: "/api/orders/ORD-1",
    status: "/api/orders/ORD-1/status?correlation=c-42",
    stream: "/api/orders/ORD-1/stream?correlation=c-42&once=true",
  },
};

const sameWish = (requests) => {
  const wishes = requests.map(({ method, path, headers, body }) =>
    JSON.stringify([method, path, headers["idempotency-key"], headers["x-correlation-id"], body]));
  assert.match(requests[0].headers["idempotency-key"], /^[0-9a-f-]{36}$/);
  assert.equal(new Set(wishes).size, 1);
};

for (const [name, attempts] of
  [["unavailable-twice", 3], ["throttled", 2], ["answer-lost", 2], ["gateway-timeouts", 3]]) {
  test(`every attempt has the same key and the same bytes: ${name}`, async () => {
    assert.deepEqual(await create(of(name)), receipt);
    const requests = await asked(name);
    assert.equal(requests.length, attempts);
    assert.equal(requests[0].body, '{"customerId":"ada"}');
    sameWish(requests);
  });
}

test("a server that asks for a second gets it", async () => {
  const begun = performance.now();
  await create(of("asked-to-wait-a-second"));
  assert.ok(performance.now() - begun >= 1000);
});

for (const name of ["always-504", "lost-then-503"]) {
  test(`a command that may have been recorded ends as unknown: ${name}`, async () => {
    const sent = create(of(name, { attempts: 3 }), { idempotencyKey: "key-1", correlationId: "mine" });
    await assert.rejects(sent, (error) => {
      assert.ok(error instanceof client.Unknown, error);
      assert.deepEqual([error.idempotencyKey, error.correlationId, error.attempts], ["key-1", "mine", 3]);
      return true;
    });
  });
}

test("a command that no attempt can have recorded does not", async () => {
  await assert.rejects(create(of("always-503", { attempts: 3 })), client.Unavailable);
});

test("an answer that never comes leaves the outcome unknown", async () => {
  await assert.rejects(create(of("silent", { attempts: 1, attemptTimeoutMs: 20 })), client.Unknown);
});

test("the caller can leave", async () => {
  const leaving = new AbortController();
  const sent = create(of("silent-too"), { signal: leaving.signal });
  leaving.abort(new Error("no longer wanted"));
  await assert.rejects(sent, /no longer wanted/);
});

test("a command says on whose behalf and on what version", async () => {
  const shop = of("once", {}, { token: "secret" });
  await shop.send("POST", "/api/orders/ORD-1/submit", undefined, { ifMatch: '"3-42"' });
  const [{ headers, body }] = await asked("once");
  assert.deepEqual([headers.authorization, headers["if-match"], body], ["Bearer secret", '"3-42"', ""]);
});

for (const [name, kind, members] of [
  ["stale-version", "StaleVersion", { currentVersion: 7 }],
  ["stale-etag", "StaleVersion", { currentVersion: 7 }],
  ["rejected", "Rejected", { type: "/problems/not-draft", title: "Not a draft", detail: "so it is" }],
  ["invalid", "Invalid", { errors: [{ pointer: "/items/0/quantity", detail: "not in 1..=10000" }] }],
  ["not-json", "Invalid", {}],
  ["unauthorized", "Unauthorized", {}],
  ["forbidden", "Forbidden", {}],
  ["not-found", "NotFound", {}],
  ["gone", "Gone", {}],
  ["too-long", "TooLong", {}],
  ["version-required", "VersionRequired", {}],
]) {
  test(`each refusal has its kind: ${name}`, async () => {
    await assert.rejects(create(of(name)), (error) => {
      assert.equal(error.name, kind);
      assert.ok(error instanceof client[kind] && error instanceof client.DiptychError && !error.transient);
      assert.equal(error.correlationId, "c-42");
      for (const [member, value] of Object.entries(members)) assert.deepEqual(error[member], value);
      return true;
    });
    assert.equal((await asked(name)).length, 1);
  });
}

test("a page of a proxy is a refusal too, and what is no receipt is said to be none", async () => {
  await assert.rejects(create(of("proxy-page")), { name: "Forbidden", detail: "<h1>Forbidden by a proxy</h1>" });
  await assert.rejects(create(of("no-receipt")), client.Unexpected);
});

for (const [name, strategy, requests] of [
  ["there-at-the-third", "polling", 3],
  ["timeout-then-there", "long", 2],
  ["breaks-then-there", "long", 3],
  ["event", "sse", 1],
  ["event-cut-in-the-middle", "sse", 2],
  ["event-late", "sse", 2],
  ["event-spelled-otherwise", "sse", 1],
  ["message", "websocket", 2],
  ["message-of-others-first", "websocket", 3],
  ["socket-closed-at-first", "websocket", 3],
]) {
  test(`waiting ends with the view: ${strategy}, ${name}`, async () => {
    const order = await of(name).waitFor(receipt, { strategy, timeoutMs: 10_000 });
    assert.equal(order.value.orderId, "ORD-1");
    assert.deepEqual([order.version, order.etag], [3, '"3-42"']);
    assert.ok(order.position >= 42);
    assert.equal((await asked(name)).length, requests);
  });
}

test("each strategy asks as the contract has it", async () => {
  const paths = async (name) => (await asked(name)).map(({ path }) => path);
  assert.equal((await paths("there-at-the-third"))[0], "/api/orders/ORD-1?position=42");
  const [long] = await paths("timeout-then-there");
  assert.match(long, /^\/api\/orders\/ORD-1\?position=42&wait=true&timeoutMs=9\d\d\d$/);
  assert.deepEqual(await paths("event"), [receipt.links.stream]);
  assert.deepEqual(await paths("message"), ["/ws", "/api/orders/ORD-1?position=42"]);
  assert.equal((await asked("message"))[0].body, '{"subscribe":{"correlationId":"c-42"}}');
});

for (const [name, strategy] of [["erased-meanwhile", "polling"], ["event-not-found", "sse"]]) {
  test(`what helps no more ends the waiting at once: ${strategy}`, async () => {
    await assert.rejects(of(name).waitFor(receipt, { strategy }), client.NotFound);
  });
}

for (const [name, strategy] of
  [["there-in-vain", "polling"], ["silent-long", "long"], ["silent-sse", "sse"], ["socket-silent", "websocket"]]) {
  test(`the deadline holds: ${strategy}`, async () => {
    const waiting = of(name).waitFor(receipt, { strategy, timeoutMs: 50 });
    await assert.rejects(waiting, { name: "Timeout", correlationId: "c-42" });
  });
}

test("without a WebSocket, the error says what to pass", async () => {
  const waiting = of("unused", {}, { WebSocket: null }).waitFor(receipt, { strategy: "websocket" });
  await assert.rejects(waiting, /new Diptych\({ WebSocket }\)/);
});

test("a strategy or a path that is none, and no address at all, are said to be so", async () => {
  await assert.rejects(of("unused").waitFor(receipt, { strategy: "hoping" }), /no strategy hoping/);
  await assert.rejects(of("unused").get("api/orders"), /does not begin with a slash/);
  assert.throws(() => new Diptych(), /say where it is/);
});

test("a view knows the place it is from", async () => {
  const view = await of("view").get("/api/orders/ORD-1");
  assert.deepEqual([view.value.orderId, view.version, view.etag, view.position], ["ORD-1", 3, '"3-42"', 44]);
  assert.deepEqual(await of("view-after-503").get("/api/orders/ORD-1"), view);
});

test("a view that is not there yet is told from one that does not exist", async () => {
  await assert.rejects(of("view-pending").get("/api/orders/ORD-1"), client.NotYet);
});

test("any view can be read as of a receipt", async () => {
  await of("stale-view").getAt("/api/orders?customerId=ada", receipt);
  assert.match((await asked("stale-view"))[1].path, /^\/api\/orders\?customerId=ada&position=42&wait=true&timeoutMs=/);
});

test("a list goes over all pages as the server links them", async () => {
  const ids = [];
  for await (const { orderId } of of("two-pages").list("/api/orders?limit=2")) ids.push(orderId);
  assert.deepEqual(ids, ["d", "c", "b", "a"]);
  assert.equal((await asked("two-pages"))[1].path, "/api/orders?after=x");
});

test("the status of a receipt names the projections", async () => {
  const status = await of("status").status(receipt);
  assert.deepEqual([status.status, status.projections.order_views.lag], ["COMPLETED", 2]);
});

test("a stream that is cut is resumed after the last whole event", async () => {
  const positions = [];
  for await (const view of of("followed-over-a-cut").follow("/api/orders/ORD-1")) {
    positions.push(view.position);
    if (positions.length === 3) break;
  }
  assert.deepEqual(positions, [42, 47, 50]);
  const requests = await asked("followed-over-a-cut");
  assert.deepEqual(requests.map(({ headers }) => headers["last-event-id"]), [undefined, "47", "47"]);
  assert.ok(requests.every(({ path }) => path === "/api/orders/ORD-1/stream"));
});

for (const [name, positions, end] of [
  ["followed-to-the-end", [42], undefined],
  ["followed-until-erased", [42], "Gone"],
  ["followed-down", [42], "Unavailable"],
]) {
  test(`following ends as the server has it: ${name}`, async () => {
    const seen = [];
    const ended = (async () => {
      for await (const view of of(name, { attempts: 4, maxDelayMs: 1000 }).follow("/api/orders/ORD-1")) {
        seen.push(view.position);
      }
    })();
    await (end === undefined ? ended : assert.rejects(ended, { name: end }));
    assert.deepEqual(seen, positions);
  });
}

test("what is not there yet is followed until it is", async () => {
  for await (const view of of("followed-before-it-is-there").follow("/api/orders/ORD-1")) {
    assert.equal(view.position, 9);
    break;
  }
});
