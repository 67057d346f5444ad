// Keeps the desk beside the scenes up to date while one types, moves, duplicates and deletes. It only ever reads the
// form and writes into fields when the author presses a button here: nothing is saved, and no edit is lost.
(() => {
  const QUIET = 300; // milliseconds without a change before the form is sent
  const LONGEST = 40; // of a key
  const KEY = /^nodes-\d+-value-key$/;
  const CHOICE_KEY = /^nodes-\d+-value-choices-\d+-value-key$/;
  const TARGET = /^nodes-\d+-value-choices-\d+-value-to$/;
  const SKILL = /^nodes-\d+-value-choices-\d+-value-skill$/;
  const SKILL_KEY = /^skills-\d+-value-key$/;
  const RULE = /^nodes-\d+-value-choices-\d+-value-rules-\d+-value$/;
  const FLAG_RULES = ["needs_flag", "needs_no_flag", "sets_flag"];
  const BLOCKS = "[data-streamfield-stream-container], [data-streamfield-list-container]";

  function begin(desk) {
    const form = desk.closest("form");
    const out = desk.querySelector("[data-scn-out]");
    const offer = desk.querySelector("[data-scn-offer]");
    let timer = 0;
    let asked = null; // the request that is under way
    let before = {}; // the field that has the focus, and what stood in it
    let copying = false;

    // --- fields ---
    const isThere = (field) => !field.closest('[aria-hidden="true"]'); // a deleted block stays in the form
    const fields = (pattern) => [...form.querySelectorAll("input[name]")].filter((field) => pattern.test(field.name) && isThere(field));
    const named = (name) => form.querySelector(`[name="${name}"]`);
    const isName = (name) => name === "flags" || [KEY, CHOICE_KEY, SKILL_KEY].some((pattern) => pattern.test(name));
    const leading = () => [...fields(TARGET), named("start_key"), named("fail_to")].filter(Boolean);

    function write(field, value) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    const said = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

    // --- refreshing ---
    function refresh() {
      clearTimeout(timer);
      timer = setTimeout(load, QUIET);
    }

    async function load() {
      asked?.abort();
      const request = (asked = new AbortController());
      desk.setAttribute("data-scn-busy", "");
      try {
        const body = new FormData(form);
        const answer = await fetch(desk.dataset.url, { method: "POST", body, signal: request.signal, redirect: "error" });
        const html = await answer.text();
        if (!answer.ok) throw new Error(answer.status);
        show(html);
      } catch (error) {
        if (error.name === "AbortError") return;
        offer.textContent = desk.dataset.failed;
      }
      if (asked === request) desk.removeAttribute("data-scn-busy");
    }

    function show(html) {
      if (offer.textContent === desk.dataset.failed) offer.textContent = "";
      const places = new Map([...out.querySelectorAll(".scn-list, .scn-map")].map((box, number) => [number, [box.scrollLeft, box.scrollTop]]));
      const held = out.contains(document.activeElement) ? [...out.querySelectorAll("a, button, [tabindex]")].indexOf(document.activeElement) : -1;
      out.innerHTML = html;
      [...out.querySelectorAll(".scn-list, .scn-map")].forEach((box, number) => box.scrollTo(...(places.get(number) || [0, 0])));
      if (held >= 0) [...out.querySelectorAll("a, button, [tabindex]")][held]?.focus({ preventScroll: true });
      out.querySelectorAll("[data-scn-create]").forEach((button) => (button.hidden = false));
      desk.dataset.loads = Number(desk.dataset.loads || 0) + 1;
    }

    // --- jumping to a field ---
    function open(element) {
      for (let panel = element.closest("[data-panel]"); panel; panel = panel.parentElement?.closest("[data-panel]")) {
        const toggle = panel.querySelector("[data-panel-toggle]");
        if (toggle?.getAttribute("aria-expanded") === "false") toggle.click();
      }
    }

    function go(link) {
      const target = document.getElementById(link.hash.slice(1));
      if (!target) return false;
      open(target);
      const wanted = link.dataset.field && target.querySelector(`[data-contentpath="${link.dataset.field}"]`);
      const place = wanted || target;
      open(place);
      const field = place.matches("input, textarea, select") ? place : place.querySelector("input:not([type=hidden]), textarea, select, button");
      (field || place).focus();
      place.scrollIntoView({ block: "center" });
      place.classList.add("scn-flash");
      setTimeout(() => place.classList.remove("scn-flash"), 2000);
      return true;
    }

    // --- what is offered ---
    const words = (text) => text.split(/[\s,]+/).filter(Boolean);
    const without = (some, others) => some.filter((word) => !others.includes(word));

    // What a field that was left names now: [old, new]. Of a list of words, where one took the place of another.
    function renaming(field) {
      const [was, now] = [before.field === field ? before.value : "", field.value.trim()];
      before = { field, value: now };
      if (field.name !== "flags") return [was, now];
      const [gone, come] = [without(words(was), words(now)), without(words(now), words(was))];
      return gone.length === 1 && come.length === 1 ? [gone[0], come[0]] : [];
    }

    // The fields that have names of the same kind: while one still has the old one, what names it is not left alone.
    function siblings(field) {
      if (CHOICE_KEY.test(field.name)) return fields(CHOICE_KEY).filter((other) => scene(other) === scene(field));
      return [KEY, SKILL_KEY].filter((pattern) => pattern.test(field.name)).flatMap(fields);
    }

    // Where a name stands besides: the fields that could hold it, and how a step of the expert path follows it.
    function places(field, old, now) {
      const as = (step) => step;
      if (KEY.test(field.name)) return [leading(), (step) => (step.startsWith(`${old}.`) ? now + step.slice(old.length) : step)];
      if (SKILL_KEY.test(field.name)) return [fields(SKILL), as];
      if (field.name === "flags") return [fields(RULE).filter((rule) => FLAG_RULES.includes(named(rule.name.replace(/value$/, "type")).value)), as];
      const at = `${named(`${scene(field)}-value-key`).value.trim()}.`;
      return [[], (step) => (step === at + old ? at + now : step)];
    }

    function offerRename(field) {
      const [old, now] = renaming(field);
      if (!old || !now || old === now || siblings(field).some((other) => other.value.trim() === old)) return;
      const [naming, follow] = places(field, old, now);
      const pointing = () => naming.filter((other) => isThere(other) && other.value.trim() === old);
      const path = named("expert_path");
      const steps = () => words(path ? path.value : "");
      const count = pointing().length + steps().filter((step) => follow(step) !== step).length;
      if (!count) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-small";
      button.textContent = desk.dataset.change;
      button.addEventListener("click", () => {
        if (steps().some((step) => follow(step) !== step)) write(path, steps().map(follow).join(" "));
        pointing().forEach((other) => write(other, now));
        offer.replaceChildren();
        field.focus();
      });
      offer.replaceChildren(said(desk.dataset.renamed, { old, new: now, count }), " ", button);
    }

    function create(key, type) {
      const stream = document.getElementById("nodes-root")?.rootBlock;
      if (!stream) return;
      const blank = stream.blockDef.initialChildStates[type];
      stream.insert({ type, value: { ...blank, key }, id: crypto.randomUUID?.() }, stream.children.length, { focus: true });
      offer.textContent = said(type === "ending" ? desk.dataset.createdEnding : desk.dataset.createdScene, { new: key });
      refresh();
    }

    function free(key, taken) {
      const stem = key.replace(/-\d+$/, "");
      const numbered = (number) => stem.slice(0, LONGEST - 1 - String(number).length) + `-${number}`;
      let number = 2;
      while (taken.has(numbered(number))) number += 1;
      return numbered(number);
    }

    function ownKeys() {
      const scenes = new Set();
      rekey(fields(KEY), scenes);
      const byScene = Map.groupBy ? Map.groupBy(fields(CHOICE_KEY), scene) : grouped(fields(CHOICE_KEY));
      byScene.forEach((choices) => rekey(choices, new Set()));
    }

    const scene = (field) => field.name.split("-value-choices-")[0];

    function grouped(all) {
      const found = new Map();
      all.forEach((field) => found.set(scene(field), [...(found.get(scene(field)) || []), field]));
      return found;
    }

    function rekey(all, seen) {
      const taken = new Set(all.map((field) => field.value.trim()));
      all.forEach((field) => {
        const key = field.value.trim();
        if (key && seen.has(key)) {
          const own = free(key, taken);
          taken.add(own);
          seen.add(own);
          write(field, own);
          offer.textContent = said(desk.dataset.copied, { new: own });
        }
        seen.add(key);
      });
    }

    // A form of its own: a button of the editor's form would be what the Enter key presses there. What is not saved yet
    // is asked about by the editor before it is left.
    function bringOver(address) {
      const own = document.createElement("form");
      Object.assign(own, { method: "post", action: address, hidden: true });
      own.append(named("csrfmiddlewaretoken").cloneNode());
      document.body.append(own);
      own.submit();
    }

    // --- listening ---
    form.addEventListener("input", refresh);
    form.addEventListener("change", (event) => {
      if (isName(event.target.name || "")) offerRename(event.target);
      refresh();
    });
    form.addEventListener("focusin", (event) => {
      const name = event.target.name || "";
      if (isName(name)) before = { field: event.target, value: event.target.value.trim() };
      if (TARGET.test(name) || name === "start_key" || name === "fail_to") event.target.setAttribute("list", "scn-keys");
    });
    form.addEventListener(
      "click",
      (event) => {
        if (event.target.closest('[data-streamfield-action="DUPLICATE"]')) copying = true;
      },
      true,
    );
    desk.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-scn-go]");
      const button = event.target.closest("[data-scn-create]");
      const again = event.target.closest("[data-scn-refresh]");
      const bring = event.target.closest("[data-scn-bring]");
      if (link && go(hashed(link))) event.preventDefault();
      if (button) create(button.dataset.scnCreate, button.dataset.scnBlock);
      if (bring) bringOver(bring.dataset.scnBring);
      if (again) {
        event.preventDefault();
        load();
      }
    });
    new MutationObserver((changes) => {
      if (!changes.some((change) => !desk.contains(change.target) && change.target.closest?.(BLOCKS))) return;
      if (copying) {
        copying = false;
        ownKeys();
      }
      refresh();
    }).observe(form, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-hidden"] });
    out.querySelectorAll("[data-scn-create]").forEach((button) => (button.hidden = false));
  }

  // A link of the map is an SVG element and has no `hash`.
  function hashed(link) {
    return { hash: link.getAttribute("href"), dataset: link.dataset };
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-scn-desk]").forEach(begin));
})();
