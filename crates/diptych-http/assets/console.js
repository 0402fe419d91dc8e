// Keeps the parts of a page that are marked as live up to date, moves a stream through time, and lights up the map.
// Every page works without this.

const every = Number(document.body.dataset.every || 0);
const bar = document.getElementById("live");
const button = document.getElementById("pause");
const stored = () => { try { return sessionStorage.getItem("diptych-paused") === "yes"; } catch { return false; } };
let paused = stored();
let lost = false;

async function page(path) {
  const answer = await fetch(path, { headers: { accept: "text/html" }, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname === "/console/login") {
    location.href = answer.url;
  }
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Puts in what is new, and leaves open what is open and alone what is being used. */
function swap(old, fresh) {
  if (old.innerHTML === fresh.innerHTML && old.className === fresh.className) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  if (focused && focused.matches("input, select, textarea")) return;
  const selected = getSelection();
  if (selected && !selected.isCollapsed && old.contains(selected.anchorNode)) return;
  const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
  const at = focused && ([...old.querySelectorAll("a, button, summary, [tabindex]")].indexOf(focused));
  const left = old.scrollLeft;
  old.className = fresh.className;
  old.replaceChildren(...fresh.cloneNode(true).childNodes);
  for (const id of open) old.querySelector(`details[id="${CSS.escape(id)}"]`)?.setAttribute("open", "");
  old.scrollLeft = left;
  if (focused && focused !== old) {
    const again = focused.id ? document.getElementById(focused.id) : null;
    (again ?? old.querySelectorAll("a, button, summary, [tabindex]")[at])?.focus({ preventScroll: true });
  }
}

function take(fresh, mark) {
  for (const old of document.querySelectorAll(`[${mark}][id]`)) {
    const next = fresh.getElementById(old.id);
    if (next) swap(old, next);
  }
}

function show() {
  bar.hidden = !every;
  bar.classList.toggle("paused", paused);
  bar.classList.toggle("lost", lost);
  button.setAttribute("aria-pressed", String(paused));
  button.textContent = paused ? "Live updates are paused" : lost ? "The server does not answer" : "Live";
  button.title = paused ? "Go on" : "Pause live updates";
}

async function beat() {
  if (!paused && !document.hidden) {
    try {
      const fresh = await page(location.pathname + location.search);
      if (!paused) take(fresh, "data-live");
      if (!fresh.body.dataset.every) return;
      lost = false;
      glow();
    } catch {
      lost = true;
    }
    show();
  }
  setTimeout(beat, every);
}

if (every) {
  show();
  setTimeout(beat, every);
  button.addEventListener("click", () => {
    paused = !paused;
    try { sessionStorage.setItem("diptych-paused", paused ? "yes" : "no"); } catch { /* it is then not remembered */ }
    show();
  });
}

// A stream through time: the slider and the links beside it change the page in place.
const slider = document.getElementById("at");
if (slider) {
  document.documentElement.classList.add("scripted");
  let asked = 0;
  const go = async (at, remember) => {
    const turn = ++asked;
    const path = `${location.pathname}?at=${at}`;
    const fresh = await page(path);
    if (turn !== asked) return;
    take(fresh, "data-step");
    slider.value = at;
    if (remember) history.replaceState(null, "", path);
  };
  slider.addEventListener("input", () => go(slider.value, true));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-step] a[href*='?at=']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(new URL(link.href).searchParams.get("at"), true);
  });
}

// The map: what a box is linked with lights up with it.
let lit = null;
function glow() {
  const map = document.querySelector(".system");
  if (!map) return;
  map.classList.toggle("lit", lit !== null);
  for (const one of map.querySelectorAll(".on")) one.classList.remove("on");
  if (lit === null) return;
  const near = new Set([lit]);
  const walk = (from, to) => {
    const ways = [lit];
    while (ways.length) {
      const key = ways.pop();
      for (const link of map.querySelectorAll(`.link[data-${from}="${key}"]`)) {
        link.classList.add("on");
        const next = link.dataset[to];
        if (!near.has(next)) { near.add(next); ways.push(next); }
      }
    }
  };
  walk("from", "to");
  walk("to", "from");
  for (const key of near) map.querySelector(`.node[data-key="${key}"]`)?.classList.add("on");
}
const over = (event) => {
  const node = event.target.closest?.(".system .node");
  const key = node ? node.dataset.key : null;
  if (key !== lit) { lit = key; glow(); }
};
if (document.querySelector(".system")) {
  document.addEventListener("mouseover", over);
  document.addEventListener("focusin", over);
}
