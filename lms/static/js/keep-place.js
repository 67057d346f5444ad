// Tells the server which part of a lesson is on the screen, so that another device opens it there. Nothing depends on it.
const PAUSE = 5000;

class KeepPlace extends HTMLElement {
  connectedCallback() {
    this.sent = location.hash.slice(1);
    this.seen = this.sent;
    this.observer = new IntersectionObserver((entries) => this.look(entries), { rootMargin: "-20% 0px -60%" });
    for (const part of this.children) if (part.id) this.observer.observe(part);
    this.timer = setInterval(() => this.send(), PAUSE);
    document.addEventListener("visibilitychange", () => document.hidden && this.send());
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.observer.disconnect();
  }

  look(entries) {
    for (const entry of entries) if (entry.isIntersecting) this.seen = entry.target.id;
  }

  send() {
    if (this.seen === this.sent) return;
    this.sent = this.seen;
    const body = new URLSearchParams({ anchor: this.seen, csrfmiddlewaretoken: this.dataset.token });
    fetch(this.dataset.url, { method: "POST", body, keepalive: true }).catch(() => (this.sent = ""));
  }
}

customElements.define("keep-place", KeepPlace);
