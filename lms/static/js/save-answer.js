// Saves an answer the moment it is chosen. "Saved" is shown only after the server said so; while there is no network the
// same answer is sent again under the same key, so it counts once. The form's own button works as without this.
const RETRY = 5000;

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
    this.travelling?.abort(); // the form takes the newest answer along
  }

  changed() {
    // Another answer is another act. The end of its key counts, so that the server knows which of two was chosen later.
    this.count += 1;
    this.key.value = this.key.value.slice(0, -4) + this.count.toString(16).padStart(4, "0");
    this.waiting = true;
    if (!this.sending) this.send();
  }

  async send() {
    clearTimeout(this.timer);
    const key = this.key.value;
    this.sending = true;
    const answer = await this.post();
    this.sending = false;
    if (!this.waiting) return;
    if (this.key.value !== key) return this.send(); // it was changed while this one travelled
    if (answer === null) {
      this.say(this.dataset.unsaved);
      this.timer = setTimeout(() => this.send(), RETRY);
      return;
    }
    this.waiting = false;
    this.say(answer.saved_at ? this.dataset.saved.replace("%s", answer.saved_at) : "");
  }

  // The server's answer; {} when it has something to say that only the whole page can show; null when out of reach.
  async post() {
    const headers = { Accept: "application/json" };
    this.travelling = new AbortController();
    const { signal } = this.travelling;
    try {
      const response = await fetch(this.form.action, { method: "POST", body: new FormData(this.form), headers, redirect: "manual", signal });
      if (response.status >= 500) return null;
      const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
      return response.ok && isJson ? await response.json() : {};
    } catch {
      return null;
    }
  }

  say(text) {
    if (this.output) this.output.textContent = text;
  }
}

customElements.define("save-answer", SaveAnswer);
