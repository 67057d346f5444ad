// Saves an answer the moment it is chosen. "Saved" is shown only after the server said so. Until then the answer is kept in
// this browser too, under the same key, so that it counts once: sent again while there is no network, or by whatever page
// of the same person is opened next. The form's own button works as without this.
const RETRY = 5000;
const KEPT_FOR = 7 * 24 * 60 * 60 * 1000;
const KEPT = "answer:";

// --- what the server has not confirmed yet: {who, key, page, at, body} by address -----------------------------------
function keep(url, row) {
  try {
    localStorage.setItem(KEPT + url, JSON.stringify(row));
  } catch {} // a browser that keeps nothing: this page alone sends it again
}

function drop(url, key) {
  if (kept(url)?.key === key) localStorage.removeItem(KEPT + url);
}

function kept(url) {
  try {
    return JSON.parse(localStorage.getItem(KEPT + url));
  } catch {
    return null;
  }
}

function everything() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(KEPT));
    return names.map((name) => name.slice(KEPT.length)).filter(kept);
  } catch {
    return [];
  }
}

// {saved_at} or {refused: why}; {} when it has something to say that only the whole page can show; null when out of reach,
// and when it asks for a login first.
async function post(url, row, { signal, isLate } = {}) {
  const body = new URLSearchParams(row.body);
  body.set("csrfmiddlewaretoken", document.cookie.match(/(?:^|; )(?:__Host-)?csrf=([^;]*)/)?.[1] ?? "");
  if (isLate) body.set("age", Math.max(0, Date.now() - row.at));
  try {
    const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", signal });
    if (response.type === "opaqueredirect" || [403, 429].includes(response.status) || response.status >= 500) return null;
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    return isJson ? await response.json() : {};
  } catch {
    return null;
  }
}

// --- the form of a question ------------------------------------------------------------------------------------------
class SaveAnswer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.key = this.form.elements.namedItem(this.dataset.key || "idem");
    this.count = parseInt(this.key.value.slice(-4), 16);
    this.output = document.querySelector(this.dataset.output || "#saved");
    this.form.addEventListener("change", () => this.changed());
    this.form.addEventListener("submit", () => this.leave());
    addEventListener("online", () => this.waiting && this.send());
  }

  disconnectedCallback() {
    this.leave();
  }

  leave() {
    clearTimeout(this.timer);
    this.waiting = false;
    this.travelling?.abort(); // the form takes the newest answer along; it stays kept in case that does not arrive
  }

  changed() {
    // Another answer is another act. The end of its key counts, so that the server knows which of two was chosen later.
    this.count += 1;
    this.key.value = this.key.value.slice(0, -4) + this.count.toString(16).padStart(4, "0");
    const body = new URLSearchParams(new FormData(this.form));
    body.delete("csrfmiddlewaretoken");
    const { who } = this.dataset;
    this.row = { who, key: this.key.value, page: location.pathname, at: Date.now(), body: body.toString() };
    keep(this.form.action, this.row);
    this.waiting = true;
    this.failed = false;
    if (!this.sending) this.send();
  }

  async send() {
    clearTimeout(this.timer);
    const { row } = this;
    this.sending = true;
    this.travelling = new AbortController();
    const answer = await post(this.form.action, row, { signal: this.travelling.signal, isLate: this.failed });
    this.sending = false;
    if (answer) drop(this.form.action, row.key);
    if (!this.waiting) return;
    if (this.row !== row) return this.send(); // it was changed while this one travelled
    if (answer === null) {
      this.failed = true;
      this.say(this.dataset.unsaved);
      this.timer = setTimeout(() => this.send(), RETRY);
      return;
    }
    this.waiting = false;
    this.say(answer.saved_at ? this.dataset.saved.replace("%s", answer.saved_at) : "");
    if (answer.refused) document.querySelector("answer-queue").refused(row, answer.refused);
  }

  say(text) {
    if (this.output) this.output.textContent = text;
  }
}

// --- what other pages left behind ------------------------------------------------------------------------------------
class AnswerQueue extends HTMLElement {
  connectedCallback() {
    this.send();
    addEventListener("online", () => this.send());
    document.addEventListener("submit", (event) => this.before(event));
  }

  // Those of this person, but for the one that the form on this page sends itself.
  waiting() {
    const own = [...document.querySelectorAll("save-answer")].filter((one) => one.waiting).map((one) => one.form.action);
    return everything().filter((url) => {
      const row = kept(url);
      if (Date.now() - row.at > KEPT_FOR) drop(url, row.key);
      return row.who === this.dataset.who && !own.includes(url) && kept(url);
    });
  }

  send() {
    clearTimeout(this.timer);
    this.sending ??= this.sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async sendAll() {
    let isOtherwise = false; // this page shows what it was before
    for (const url of this.waiting()) {
      const row = kept(url);
      const answer = await post(url, row, { isLate: true });
      if (answer === null) {
        this.notice("unsaved", this.dataset.unsaved);
        this.timer = setTimeout(() => this.send(), RETRY);
        return;
      }
      drop(url, row.key);
      if (!answer.saved_at) this.refused(row, answer.refused || "");
      else if (row.page === location.pathname || this.isOf(url)) isOtherwise = true;
    }
    this.querySelector('[data-about="unsaved"]')?.remove();
    const isTyping = [...document.querySelectorAll("save-answer")].some((one) => one.row);
    if (isOtherwise && !isTyping && !this.children.length) location.reload();
  }

  // Whether this page tells about the whole attempt that the answer belongs to.
  isOf(url) {
    return !document.querySelector("save-answer") && new URL(url).pathname.startsWith(location.pathname.split("/").slice(0, 3).join("/") + "/");
  }

  // An attempt is handed in with all its answers.
  async before(event) {
    const form = event.target;
    if (form.closest("save-answer") || !form.action.endsWith("/hand-in/")) return;
    const isMissing = () => this.waiting().some((url) => url.startsWith(form.action.slice(0, -"hand-in/".length)));
    if (!isMissing()) return;
    event.preventDefault();
    await this.send();
    if (!isMissing()) form.submit();
  }

  refused(row, why) {
    const link = document.createElement("a");
    link.href = row.page;
    link.textContent = this.dataset.refused;
    this.notice(row.page, link, why && `. ${why}`);
  }

  notice(about, ...what) {
    if ([...this.children].some((one) => one.dataset.about === about)) return;
    const text = document.createElement("p");
    text.append(...what);
    const notice = document.createElement("div");
    notice.className = "message warning";
    notice.role = "alert";
    notice.dataset.about = about;
    notice.append(text);
    this.append(notice);
  }
}

customElements.define("save-answer", SaveAnswer);
customElements.define("answer-queue", AnswerQueue);
