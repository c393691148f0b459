// The replay: which instance and method, the clock, the slot in numbers, and the keys.
"use strict";
if (document.getElementById("player")) {
  const { Scene, colourOf, broken, IDLE } = window.skyedge;
  const { instances, units, constraints } = JSON.parse(document.getElementById("replays-data").textContent);
  const at = (id) => document.getElementById(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const NAMES = Object.keys(constraints);
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const number = (value, unit, digits) => (value < 0 ? "–" : (value * unit).toFixed(digits));

  class Player {
    constructor() {
      this.scene = new Scene(at("map"), constraints);
      this.moment = 0;
      this.playing = false;
      at("play-instance").append(...instances.map((one, n) => new Option(`${one.scenario}, instance ${one.seed}`, n)));
      at("play-instance").addEventListener("change", () => this.instanceChosen());
      at("play-method").addEventListener("change", () => this.methodChosen());
      at("slot").addEventListener("input", () => this.jump(Number(at("slot").value)));
      at("play").addEventListener("click", () => this.toggle());
      at("back").addEventListener("click", () => this.jump(this.slot - 1));
      at("forth").addEventListener("click", () => this.jump(this.slot + 1));
      at("costs").addEventListener("click", (event) => {
        const box = at("costs").getBoundingClientRect();
        this.jump(Math.floor(((event.clientX - box.left) / box.width) * this.count));
      });
      at("player").addEventListener("keydown", (event) => this.key(event));
      this.instanceChosen();
    }

    get slot() {
      return Math.floor(this.moment);
    }

    get count() {
      return this.play.server.length;
    }

    instanceChosen() {
      this.instance = instances[at("play-instance").value];
      const before = this.play?.solver;
      const options = this.instance.plays.map((play, n) => {
        const words = `${play.solver}, ${play.information}: cost ${play.cost.toFixed(1)}`;
        return new Option(words, n, false, play.solver === before);
      });
      at("play-method").replaceChildren(...options);
      this.moment = 0;
      this.methodChosen();
    }

    methodChosen() {
      this.play = this.instance.plays[at("play-method").value];
      this.slotCosts = this.play.task_cost.map((costs) => sum(costs) * units.cost);
      this.failed = this.play.broken.map((masks) => masks.filter(Boolean).length);
      this.scene.show(this.instance, this.play);
      at("slot").max = this.count - 1;
      this.bars();
      this.jump(Math.min(this.slot, this.count - 1));
    }

    // The cost of every slot as bars.
    bars() {
      const most = Math.max(...this.slotCosts);
      const svg = at("costs");
      svg.setAttribute("viewBox", `0 0 ${this.count} 1`);
      svg.setAttribute("preserveAspectRatio", "none");
      svg.replaceChildren(...this.slotCosts.map((cost, slot) => {
        const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        const height = most ? Math.max(0.02, cost / most) : 0.02;
        Object.entries({ x: slot + 0.1, y: 1 - height, width: 0.8, height }).forEach(([name, value]) => bar.setAttribute(name, value));
        bar.classList.toggle("bad", this.failed[slot] > 0);
        return bar;
      }));
    }

    jump(slot) {
      this.moment = Math.min(Math.max(slot, 0), this.count - 1);
      this.show();
    }

    show() {
      this.scene.draw(this.moment);
      if (this.shown === this.slot && this.shownPlay === this.play) return;
      [this.shown, this.shownPlay] = [this.slot, this.play];
      at("slot").value = this.slot;
      at("slot").setAttribute("aria-valuetext", `slot ${this.slot + 1} of ${this.count}`);
      [...at("costs").children].forEach((bar, slot) => bar.classList.toggle("now", slot === this.slot));
      this.words();
      this.servers();
      this.tasks();
    }

    words() {
      const asked = this.play.server[this.slot].filter((server) => server !== IDLE).length;
      const sofar = sum(this.slotCosts.slice(0, this.slot + 1));
      at("slot-words").textContent =
        `Slot ${this.slot + 1} of ${this.count}: ${asked - this.failed[this.slot]} of ${asked} requests served, ` +
        `cost ${this.slotCosts[this.slot].toFixed(2)}; ${sofar.toFixed(1)} so far of ${this.play.cost.toFixed(1)}.`;
    }

    servers() {
      const loads = this.instance.servers.map((_, server) => this.play.server[this.slot].filter((one) => one === server).length);
      at("servers").replaceChildren(...loads.map((load, server) => {
        const item = document.createElement("li");
        const dashes = server < this.instance.uavs ? "none" : "4 3";
        item.innerHTML = `<svg viewBox="0 0 24 12" aria-hidden="true"><path d="M0 6h24" style="stroke:${colourOf(server)};stroke-width:4;stroke-dasharray:${dashes}"/></svg>`;
        item.append(`${this.instance.servers[server]}: ${load} of ${this.instance.capacity[server]}`);
        item.classList.toggle("over", load > this.instance.capacity[server]);
        return item;
      }));
    }

    tasks() {
      const rows = this.play.server[this.slot].flatMap((server, k) => (server === IDLE ? [] : [this.task(server, k)]));
      rows.sort((a, b) => b.classList.contains("bad") - a.classList.contains("bad"));
      at("tasks").replaceChildren(...rows);
    }

    task(server, k) {
      const { latency, energy, task_cost: cost, broken: masks } = this.play;
      const t = this.slot;
      const mask = masks[t][k];
      const outcome = mask ? broken(mask, NAMES).map((name) => `${name} ${constraints[name]}`).join(", ") : "served";
      const row = document.createElement("tr");
      row.classList.toggle("bad", mask > 0);
      const words = [
        k,
        server < 0 ? "none" : this.instance.servers[server],
        outcome,
        number(latency[t][k], units.seconds, 2),
        number(this.instance.limit[t][k], units.seconds, 2),
        number(energy[t][k], units.joules, 1),
        number(cost[t][k], units.cost, 2),
      ];
      row.append(...words.map((text, column) => {
        const cell = document.createElement("td");
        cell.textContent = text;
        cell.classList.toggle("number", column > 2);
        return cell;
      }));
      if (server >= 0) {
        const dot = row.children[1].insertBefore(document.createElement("span"), row.children[1].firstChild);
        dot.className = "dot";
        dot.style.background = colourOf(server);
      }
      return row;
    }

    toggle() {
      this.playing = !this.playing;
      at("play").textContent = this.playing ? "Pause" : "Play";
      at("slot-words").setAttribute("aria-live", this.playing ? "off" : "polite");
      if (!this.playing) return this.jump(this.slot);
      if (this.slot >= this.count - 1) this.moment = 0;
      this.before = undefined;
      requestAnimationFrame((now) => this.tick(now));
    }

    // Advance by the time since the last frame; with reduced motion, whole slots at a time.
    tick(now) {
      if (!this.playing) return;
      this.clock = this.before === undefined ? this.moment : this.clock + ((now - this.before) / 1000) * Number(at("speed").value);
      this.before = now;
      this.moment = Math.min(calm.matches ? Math.floor(this.clock) : this.clock, this.count - 1);
      this.show();
      if (this.clock >= this.count - 1) return this.toggle();
      requestAnimationFrame((next) => this.tick(next));
    }

    key(event) {
      const tag = event.target.tagName;
      if (tag === "SELECT" || event.ctrlKey || event.altKey || event.metaKey) return;
      const steps = { ArrowLeft: this.slot - 1, ArrowRight: this.slot + 1, Home: 0, End: this.count - 1 };
      if (event.key === " " && tag !== "BUTTON") this.toggle();
      else if (event.key in steps && tag !== "INPUT") this.jump(steps[event.key]);
      else return;
      event.preventDefault();
    }
  }

  new Player();
}
