// The map of a replay: devices, UAVs with what they cover, satellites (and the cloud) above, and who serves whom.
"use strict";
window.skyedge = {};
{
  const SVG = "http://www.w3.org/2000/svg";
  const SERIES = 8; // --series-0 to --series-7
  const IDLE = -2;
  const MANY = 40; // devices: their labels would hide the map
  const UNIT = 10; // hundredths of the area's width; metres would not do: browsers draw no letters of 10 000 and more
  const SKY = 16; // height of the strip for satellites, in these units

  const colourOf = (server) => (server < 0 ? "var(--failed)" : `var(--series-${server % SERIES})`);
  const mix = (a, b, share) => a + (b - a) * share;
  const between = (a, b, share) => [mix(a[0], b[0], share), mix(a[1], b[1], share)];
  const points = (places) => places.map(([x, y]) => `${x},${y}`).join(" ");

  const element = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // The constraints that a task breaks, as their names.
  const broken = (mask, names) => names.filter((_, bit) => mask & (1 << bit));

  class Scene {
    constructor(svg, constraints) {
      this.svg = svg;
      this.names = Object.keys(constraints);
    }

    // Show an instance and a play of it from now on.
    show(instance, play) {
      Object.assign(this, { instance, play });
      this.scale = (100 * UNIT) / instance.area[0];
      [this.width, this.height] = instance.area.map((side) => side * this.scale);
      const margin = 3 * UNIT;
      const top = SKY * UNIT;
      this.svg.setAttribute("viewBox", `${-margin} ${-top - margin} ${this.width + 2 * margin} ${this.height + top + 2 * margin}`);
    }

    // Draw a moment: slot 3.25 is a quarter of the way from slot 3 to slot 4.
    draw(moment) {
      const slot = Math.floor(moment);
      const share = this.glide(moment - slot);
      const next = Math.min(slot + 1, this.play.server.length - 1);
      const devices = this.instance.device[slot].map((place, k) => this.flip(between(place, this.instance.device[next][k], share)));
      const uavs = this.play.uav[slot].map((place, m) => this.flip(between(place, this.play.uav[next][m], share)));
      this.svg.replaceChildren(
        ...this.ground(),
        ...uavs.flatMap((place, m) => this.coverage(place, m, slot)),
        ...this.links(slot, devices, uavs, 1 - share),
        ...devices.flatMap((place, k) => this.device(place, k, slot)),
        ...uavs.flatMap((place, m) => this.uav(place, m)),
        ...this.satellites(),
      );
    }

    // UAVs stay for most of a slot, then move on smoothly.
    glide(share) {
      const part = Math.max(0, (share - 0.55) / 0.45);
      return part * part * (3 - 2 * part);
    }

    flip([x, y]) {
      return [x * this.scale, this.height - y * this.scale]; // north is up
    }

    satellite(n) {
      const count = this.instance.servers.length - this.instance.uavs;
      return [((n + 0.5) / count) * this.width, -0.6 * SKY * UNIT];
    }

    ground() {
      return [element("rect", { class: "ground", width: this.width, height: this.height, "stroke-width": UNIT / 4 })];
    }

    coverage([cx, cy], m, slot) {
      const colour = colourOf(m);
      const flown = [this.instance.start[m], ...this.play.uav.slice(0, slot + 1).map((places) => places[m])].map((place) => this.flip(place));
      return [
        element("circle", { class: "coverage", cx, cy, r: this.instance.radius[m] * this.scale, fill: colour, stroke: colour, "stroke-width": UNIT / 4 }),
        element("polyline", { class: "trail", points: points([...flown.slice(-12), [cx, cy]]), stroke: colour, "stroke-width": UNIT / 2.5 }),
      ];
    }

    links(slot, devices, uavs, opacity) {
      return this.play.server[slot].flatMap((server, k) => {
        if (server < 0) return [];
        const sky = server >= this.instance.uavs;
        const [x1, y1] = devices[k];
        const [x2, y2] = sky ? this.satellite(server - this.instance.uavs) : uavs[server];
        const bad = this.play.broken[slot][k];
        const stroke = bad ? "var(--failed)" : colourOf(server);
        const dashes = sky ? `${UNIT * 1.2} ${UNIT}` : "none";
        return [element("line", { x1, y1, x2, y2, stroke, opacity: opacity * (sky ? 0.65 : 1), "stroke-width": UNIT / (sky ? 4 : 2.5), "stroke-dasharray": dashes })];
      });
    }

    device([x, y], k, slot) {
      const server = this.play.server[slot][k];
      const mask = this.play.broken[slot][k];
      const many = this.instance.device[slot].length > MANY;
      const number = many ? [] : [element("text", { x, y: y + 2.9 * UNIT, "font-size": 2 * UNIT }, k)];
      if (server === IDLE) return [element("circle", { class: "idle", cx: x, cy: y, r: 0.8 * UNIT, "stroke-width": UNIT / 4 }), ...number];
      if (!mask) return [element("circle", { cx: x, cy: y, r: 1.3 * UNIT, fill: colourOf(server) }), ...number];
      const arm = 1.3 * UNIT;
      const cross = `M${x - arm} ${y - arm}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`;
      const words = many ? [] : [element("text", { class: "broken", x, y: y - 2.9 * UNIT, "font-size": 2.3 * UNIT }, broken(mask, this.names).join(" "))];
      return [element("path", { class: "failed", d: cross, "stroke-width": UNIT * 0.7 }), ...words, ...number];
    }

    uav([x, y], m) {
      const shape = `M${x} ${y - 2.7 * UNIT}l${2.7 * UNIT} ${2.7 * UNIT}l${-2.7 * UNIT} ${2.7 * UNIT}l${-2.7 * UNIT} ${-2.7 * UNIT}z`;
      return [
        element("path", { d: shape, fill: colourOf(m), stroke: "var(--card)", "stroke-width": UNIT / 3 }),
        element("text", { class: "on", x, y, "font-size": 2.6 * UNIT }, m),
      ];
    }

    cloud(x, y, colour, u) {
      const puffs = [[-3.4, 0.6, 2.3], [-0.4, -0.5, 3.1], [3, 0.4, 2.5]];
      return [
        ...puffs.map(([dx, dy, r]) => element("circle", { cx: x + dx * u, cy: y + dy * u, r: r * u, fill: colour })),
        element("text", { class: "on", x, y: y + 0.3 * u, "font-size": 2.4 * u }, "cloud"),
      ];
    }

    satellites() {
      const count = this.instance.servers.length - this.instance.uavs;
      const u = UNIT * Math.min(1, 7 / count); // many are drawn small, not over each other
      return Array.from({ length: count }, (_, n) => {
        const [x, y] = this.satellite(n);
        const colour = colourOf(this.instance.uavs + n);
        if (this.instance.servers[this.instance.uavs + n] === "cloud") return this.cloud(x, y, colour, u);
        return [
          element("rect", { x: x - 6.4 * u, y: y - 1.3 * u, width: 12.8 * u, height: 2.6 * u, rx: u / 3, fill: "none", stroke: colour, "stroke-width": u / 3 }),
          element("rect", { x: x - 2.3 * u, y: y - 2.3 * u, width: 4.6 * u, height: 4.6 * u, rx: u / 2, fill: colour }),
          element("text", { class: "on", x, y, "font-size": 2.6 * u }, n),
        ];
      }).flat();
    }
  }

  Object.assign(window.skyedge, { Scene, colourOf, broken, IDLE });
}
