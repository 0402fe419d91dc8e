// The forms of /docs: each sends the request that it describes and shows what comes back, as it comes.

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

/** Opens the operation that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
}
addEventListener("hashchange", openNamed);
openNamed();

/** @param {HTMLFormElement} form */
async function send(form) {
  const output = form.querySelector("output");
  const stop = form.querySelector("[data-stop]");
  const leaving = new AbortController();
  output.hidden = false;
  output.replaceChildren("…");
  stop.hidden = false;
  stop.onclick = () => leaving.abort();
  try {
    const { url, init } = request(form);
    await show(await fetch(url, { ...init, signal: leaving.signal }), output);
  } catch (error) {
    const text = error.name === "AbortError" ? "stopped" : `no answer: ${error.message}`;
    output.append(line("bad", `\n${text}`));
  } finally {
    stop.hidden = true;
  }
}

/** What the form describes. Fields left empty are left out. */
function request(form) {
  const query = new URLSearchParams();
  const headers = {};
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const { name, value } = field;
    if (field.dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (field.dataset.in === "query") query.append(name, value);
    else headers[name] = value;
  }
  const body = form.elements.body?.value;
  if (body) headers["Content-Type"] = "application/json";
  const asked = query.toString();
  const init = { method: form.dataset.method, headers, body: body || undefined, cache: "no-store" };
  return { url: asked ? `${path}?${asked}` : path, init };
}

/** @param {Response} response */
async function show(response, output) {
  const status = line(response.ok ? "good" : "bad", `${response.status} ${response.statusText}\n`);
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}\n`).join("");
  output.replaceChildren(status, headers, "\n");
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) {
    for await (const part of parts(response.body)) output.append(part);
    return;
  }
  output.append(pretty(await response.text(), type));
}

/** The text of a stream, as it arrives. */
async function* parts(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

/** JSON with line breaks, but as it was sent: numbers keep their digits. */
function pretty(text, type) {
  if (!/[/+]json/.test(type)) return text;
  let depth = 0;
  const breaks = () => `\n${"  ".repeat(depth)}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (token, at) => {
    switch (token) {
      case "{": case "[":
        if (/^[}\]]/.test(text[at + 1] ?? "")) return token;
        depth += 1;
        return token + breaks();
      case "}": case "]":
        if (/[{[]/.test(text[at - 1] ?? "")) return token;
        depth -= 1;
        return breaks() + token;
      case ",": return token + breaks();
      case ":": return ": ";
      default: return token;
    }
  });
}

function line(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}
