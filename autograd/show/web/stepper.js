// glassgrad's stepper: draws a recording of the two passes and goes through it step by step.
// The page and the notebook's widget are this one file. Nothing here computes a number: all of
// them come from the recording (see page.py), written out by the same code as everywhere else.
//
// A position is how many steps have been taken: first those of the forward pass, then the seed,
// which sets the output's gradient to 1, then one step for each edge of the backward pass.

const SVG = "http://www.w3.org/2000/svg";
const MANY = 60; // with more edges than these, local derivatives stand in the panel alone
const STALL = 1000; // milliseconds: playing does not catch up with more, as of a hidden tab
const PHONE = 640; // narrower than this, the graph runs downwards

/** A new element with attributes and children; texts become text, never markup. */
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "rect", "text"].includes(tag);
  const element = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** What is known of every node and edge after any number of steps. */
class Timeline {
  constructor(recording) {
    this.recording = recording;
    const { nodes, forward, backward } = recording;
    this.seed = forward.length + 1;
    this.length = this.seed + backward.length;
    this.computedAt = nodes.map(() => 0); // leaves are there from the start
    forward.forEach((step, i) => (this.computedAt[step.node] = i + 1));
    this.arrivals = nodes.map(() => []); // for each node: the backward steps that reach it
    this.passedAt = recording.edges.map(() => Infinity);
    this.into = nodes.map(() => []); // for each node: the edges from its operands
    recording.edges.forEach((edge, i) => this.into[edge.child].push(i));
    backward.forEach((step, i) => {
      this.arrivals[recording.edges[step.edge].parent].push(i);
      this.passedAt[step.edge] = this.seed + 1 + i;
    });
  }

  /** The step that led to a position, with its kind; null at the start. */
  step(position) {
    const { forward, backward, nodes } = this.recording;
    if (position === 0) return null;
    if (position < this.seed) return { kind: "forward", ...forward[position - 1] };
    if (position === this.seed) return { kind: "seed", node: nodes.length - 1 };
    return { kind: "backward", ...backward[position - this.seed - 1] };
  }

  /** The nodes and edges that a step changes. */
  touched(position) {
    const step = this.step(position);
    if (!step) return { nodes: [], edges: [] };
    if (step.kind !== "backward") return { nodes: [step.node], edges: [] };
    const { parent, child } = this.recording.edges[step.edge];
    return { nodes: [parent, child], edges: [step.edge] };
  }

  /** A node's gradient at a position: its text, and whether more is to come; null if none yet. */
  gradient(node, position) {
    const done = this.arrivals[node].filter((i) => this.seed + 1 + i <= position);
    const isOutput = node === this.recording.nodes.length - 1;
    if (isOutput && position >= this.seed) return { text: "1", full: "1.0", partial: false };
    if (!done.length) return null;
    const [text, full] = this.number(this.recording.backward[done.at(-1)].total);
    return { text, full, partial: done.length < this.arrivals[node].length };
  }

  number(index) {
    return this.recording.numbers[index];
  }
}

/** The graph as an SVG: boxes, edges, and what the current position makes of them. */
class Picture {
  constructor(timeline, onHover, onPick) {
    this.timeline = timeline;
    this.svg = make("svg", { class: "gg-graph", role: "img", "aria-label": "the graph" });
    this.onHover = onHover;
    this.onPick = onPick;
    this.scale = 1;
    this.marked = [];
    // among many edges, wide ones would hide each other
    this.widest = 5 * clamp(80 / timeline.recording.edges.length, 0.3, 1);
  }

  /** Draw all boxes and edges in one of the recording's layouts. */
  draw(layout, downwards) {
    const { nodes, edges } = this.timeline.recording;
    this.layout = layout;
    this.downwards = downwards;
    [this.middles, this.ends] = middles(layout.routes);
    this.svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    this.edges = edges.map((edge, i) => this.edge(edge, layout.routes[i], downwards));
    this.nodes = nodes.map((node, i) => this.node(node, i, layout.positions[i]));
    this.label = make("text", { class: "gg-product" });
    // the current edge once more above all others, with a halo around it
    this.halo = make("path", { class: "gg-halo" });
    this.now = make("path");
    this.locals = this.drawLocals();
    const groups = this.nodes.map((n) => n.group);
    const above = [this.halo, this.now, ...groups];
    this.svg.replaceChildren(...this.edges, ...above, ...this.locals.values(), this.label);
    this.zoom(this.scale);
  }

  /** In a small graph, each edge's local derivative beside it. */
  drawLocals() {
    const { backward } = this.timeline.recording;
    if (backward.length > MANY || !backward.every((step) => "local" in step)) return new Map();
    return new Map(backward.map((step) => {
      const [text] = this.timeline.number(step.local);
      const shown = text.startsWith("-") ? `×(${text})` : `×${text}`;
      const place = this.beside(step.edge, 6.5 * shown.length);
      return [step.edge, make("text", { class: "gg-local", ...place }, shown)];
    }));
  }

  /** Where a text of some width stands beside an edge: where it covers no box, if there is room. */
  beside(index, width) {
    const places = [this.middles[index], this.ends[index]].flatMap(([x, y]) =>
      this.downwards ? this.sides(index, x, y, width) : this.aboveAndBelow(x, y, width));
    return places.find((place) => !this.covers(place, width)) ?? places[0];
  }

  aboveAndBelow(x, y, width) {
    const middle = clamp(x, width / 2, this.layout.width - width / 2);
    return [Math.max(14, y - 8), Math.min(this.layout.height - 4, y + 18)]
      .map((base) => ({ x: middle, y: base, "text-anchor": "middle" }));
  }

  sides(index, x, y, width) {
    const { layout, timeline } = this;
    const left = { x: Math.max(width, x - 8), y: y + 4, "text-anchor": "end" };
    const right = { x: Math.min(layout.width - width, x + 8), y: y + 4, "text-anchor": "start" };
    // the outer side first
    const [centre] = layout.positions[timeline.recording.edges[index].child];
    return layout.routes[index].at(-1)[0] < centre ? [left, right] : [right, left];
  }

  /** Whether a text at a place would lie over a box. */
  covers({ x, y, "text-anchor": anchor }, width) {
    const from = x - width * { start: 0, middle: 0.5, end: 1 }[anchor];
    return this.timeline.recording.nodes.some((node, i) => {
      const [across, down] = this.layout.positions[i];
      const besides = from > across + node.width / 2 || from + width < across - node.width / 2;
      return !besides && y - 11 < down + node.height / 2 && y + 3 > down - node.height / 2;
    });
  }

  edge(edge, route, downwards) {
    return make("path", { class: "gg-edge", d: curve(route, downwards) });
  }

  node(node, index, [x, y]) {
    const { width, height, kind, title } = node;
    const left = x - width / 2;
    const top = y - height / 2;
    const group = make("g", { class: `gg-node gg-${kind}`, "data-node": index });
    group.append(make("rect", { x: left, y: top, width, height, rx: kind === "group" ? 2 : 7 }));
    if (kind === "group") {
      group.append(make("rect", { x: left + 3, y: top + 3, width: width - 6, height: height - 6 }));
    }
    const line = (row, name) =>
      make("text", { class: `gg-${name}`, x, y: top + 18 + 17 * row, "text-anchor": "middle" });
    const parts = { group, title: line(0, "title"), data: line(1, "data"), grad: line(2, "grad") };
    parts.title.textContent = title;
    group.append(parts.title);
    if (kind !== "constant") group.append(parts.data, parts.grad);
    group.addEventListener("pointerenter", () => this.onHover(index));
    group.addEventListener("pointerleave", () => this.onHover(null));
    group.addEventListener("click", () => this.onPick(index));
    return parts;
  }

  /** Bring some nodes and edges up to date with a position. */
  update(position, nodes, edges) {
    for (const i of nodes) this.updateNode(i, position);
    for (const i of edges) this.updateEdge(i, position);
    this.mark(position);
  }

  updateNode(index, position) {
    const { group, data, grad } = this.nodes[index];
    const node = this.timeline.recording.nodes[index];
    const known = this.timeline.computedAt[index] <= position;
    const gradient = this.timeline.gradient(index, position);
    group.classList.toggle("gg-waiting", !known);
    // a local derivative is known as soon as the node is
    for (const i of this.timeline.into[index]) this.locals.get(i)?.classList.toggle("gg-hidden", !known);
    group.classList.toggle("gg-partial", gradient !== null && gradient.partial);
    group.classList.toggle("gg-complete", gradient !== null && !gradient.partial);
    data.textContent = known ? `${node.dataLabel} ${this.timeline.number(node.data)[0]}`.trim() : "";
    grad.textContent = gradient ? `${node.gradLabel} ${gradient.text}` : "";
  }

  updateEdge(index, position) {
    const path = this.edges[index];
    const at = this.timeline.passedAt[index];
    const passed = at <= position;
    const step = passed ? this.timeline.recording.backward[at - this.timeline.seed - 1] : null;
    path.setAttribute("class", `gg-edge ${passed ? `gg-${step.sign}` : ""}`);
    path.style.strokeWidth = passed ? 1.2 + this.widest * step.level : "";
  }

  /** Mark the node or edge that the current step is about, and write the product on the edge. */
  mark(position) {
    for (const element of this.marked) element.classList.remove("gg-now", "gg-from", "gg-to");
    const step = this.timeline.step(position);
    this.marked = [];
    this.label.textContent = "";
    this.halo.setAttribute("d", "");
    this.now.setAttribute("d", "");
    if (!step) return;
    if (step.kind !== "backward") {
      this.addMark(this.nodes[step.node].group, "gg-now");
      if (step.kind === "forward") this.markOperands(step.node);
      return;
    }
    const edge = this.timeline.recording.edges[step.edge];
    const route = this.edges[step.edge].getAttribute("d");
    this.halo.setAttribute("d", route);
    this.now.setAttribute("d", route);
    this.now.setAttribute("class", `gg-now-edge gg-${step.sign}`);
    this.now.style.strokeWidth = Math.max(2.5, 1.2 + this.widest * step.level);
    this.addMark(this.nodes[edge.child].group, "gg-from");
    this.addMark(this.nodes[edge.parent].group, "gg-to");
    if (this.locals.has(step.edge)) this.addMark(this.locals.get(step.edge), "gg-now");
    this.writeProduct(step);
  }

  markOperands(node) {
    for (const i of this.timeline.into[node]) this.addMark(this.edges[i], "gg-from");
  }

  addMark(element, name) {
    element.classList.add(name);
    this.marked.push(element);
  }

  writeProduct(step) {
    const [product] = this.timeline.number(step.contribution);
    const place = this.beside(step.edge, 8 * product.length + 12);
    this.label.textContent = product;
    for (const [name, value] of Object.entries(place)) this.label.setAttribute(name, value);
  }

  zoom(scale) {
    this.scale = scale;
    this.svg.setAttribute("width", this.layout.width * scale);
    this.svg.setAttribute("height", this.layout.height * scale);
  }

  /** What the current step is about, the more important last: left, top, right, bottom of boxes. */
  focus(position) {
    const step = this.timeline.step(position);
    const { nodes, edges } = this.timeline.recording;
    const first = this.timeline.recording.forward[0];
    const operands = (node) => this.timeline.into[node].map((i) => edges[i].parent).slice(0, 6);
    let around = [nodes.length - 1];
    if (step?.kind === "backward") around = [edges[step.edge].child, edges[step.edge].parent];
    else if (step?.kind === "forward") around = [...operands(step.node), step.node];
    else if (!step && first) around = [first.node, ...operands(first.node)]; // where it begins
    return around.map((i) => this.box(i));
  }

  /** Where a node's box is, in pixels as shown. */
  box(index) {
    const [x, y] = this.layout.positions[index];
    const { width, height } = this.timeline.recording.nodes[index];
    const [right, down] = [width / 2, height / 2];
    return [x - right, y - down, x + right, y + down].map((side) => side * this.scale);
  }
}

/** For each route two points to write beside: on the longer of its last pieces, and on the last. */
function middles(routes) {
  // the very last may only cross the layer, beside a box that is narrower than others
  const middle = ([[x0, y0], [x1, y1]]) => [(x0 + x1) / 2, (y0 + y1) / 2];
  const length = ([[x0, y0], [x1, y1]]) => Math.abs(x1 - x0) + Math.abs(y1 - y0);
  const ends = routes.map((route) => route.slice(1).map((to, i) => [route[i], to]).slice(-2));
  const longer = ends.map((pieces) => pieces.reduce((a, b) => (length(b) >= length(a) ? b : a)));
  // edges of one node may run together for a while; each is by itself only at its end
  const uses = {};
  for (const piece of longer) uses[piece] = (uses[piece] ?? 0) + 1;
  const own = ends.map((pieces) => middle(pieces.at(-1)));
  return [longer.map((piece, i) => (uses[piece] > 1 ? own[i] : middle(piece))), own];
}

const clamp = (x, low, high) => Math.max(low, Math.min(high, x));

/** A smooth path through the points of a route, leaving and arriving along the flow. */
function curve(route, downwards) {
  let path = `M${route[0]}`;
  for (let i = 1; i < route.length; i++) {
    const [x0, y0] = route[i - 1];
    const [x1, y1] = route[i];
    const [mx, my] = [(x0 + x1) / 2, (y0 + y1) / 2];
    path += downwards ? `C${x0},${my} ${x1},${my} ${x1},${y1}` : `C${mx},${y0} ${mx},${y1} ${x1},${y1}`;
  }
  return path;
}

/** What a step does, and what is known of a node, in words and numbers. */
class Panel {
  constructor(timeline) {
    this.timeline = timeline;
    this.step = make("section", { class: "gg-step", "aria-live": "polite" });
    this.node = make("section", { class: "gg-about" });
    const { note } = timeline.recording;
    const key = [
      "Width of an edge: |upstream × local|.",
      "Blue, solid: positive; orange, dashed: negative; dotted: zero.",
      timeline.recording.nodes.some((node) => node.kind === "group")
        ? "Grey: of both signs. Norm: the square root of the sum of squares." : "",
      "Slanted: more is to come.",
    ].filter(Boolean).join(" ");
    this.element = make("aside", { class: "gg-panel" }, this.step, this.node,
      make("p", { class: "gg-key" }, note ? `${note}${note.endsWith(".") ? "" : "."} ${key}` : key));
  }

  line(name, text) {
    return make("p", { class: name }, text);
  }

  showStep(position) {
    const step = this.timeline.step(position);
    const { nodes, title } = this.timeline.recording;
    const end = position === this.timeline.length;
    let lines;
    if (!step) {
      lines = [this.line("gg-head", title),
        this.line("", "The leaves have their values. Go on: each step computes one node.")];
    } else if (step.kind === "forward") {
      lines = [this.line("gg-head", `Forward: ${nodes[step.node].text}`),
        ...step.lines.map((text) => this.line("gg-sum", text))];
    } else if (step.kind === "seed") {
      const name = nodes[step.node].name;
      lines = [this.line("gg-head", "Backward: it begins at the output"),
        this.line("gg-sum", `d${name}/d${name} = 1`),
        this.line("gg-why", "because it moves exactly as itself does")];
    } else {
      lines = this.backward(step);
    }
    if (end) lines.push(this.line("gg-end", "The end: every gradient is complete."));
    this.step.replaceChildren(...lines);
  }

  backward(step) {
    const { nodes, edges } = this.timeline.recording;
    const edge = edges[step.edge];
    const head = `Backward: ${nodes[edge.child].text} passes on to ${nodes[edge.parent].name}`;
    const lines = [this.line("gg-head", head), ...step.lines.map((text) => this.line("gg-sum", text))];
    const { why } = nodes[edge.child];
    return why ? [...lines, this.line("gg-why", `because ${why}`)] : lines;
  }

  showNode(index, position, pinned) {
    if (index === null) {
      this.node.replaceChildren(this.line("gg-hint", "Hover over or tap a node, or choose one with ↑ ↓, to see its numbers. Shift and arrows move the graph."));
      return;
    }
    const { nodes, backward } = this.timeline.recording;
    const node = nodes[index];
    const known = this.timeline.computedAt[index] <= position;
    const gradient = this.timeline.gradient(index, position);
    const lines = [this.line("gg-head", node.text + (pinned ? " (chosen)" : ""))];
    if (node.detail) lines.push(this.line("", node.detail));
    const row = (label, text) => lines.push(this.line("gg-sum", `${label} ${text}`));
    row(node.dataLabel, known ? this.timeline.number(node.data)[1] : "not computed yet");
    row(node.gradLabel, gradient ? gradient.full + (gradient.partial ? ", more to come" : "")
      : "none yet");
    const shown = this.timeline.arrivals[index].filter((i) => this.timeline.seed + 1 + i <= position);
    for (const i of shown.slice(0, 8)) lines.push(this.line("gg-from-line", this.arrival(backward[i])));
    if (shown.length > 8) lines.push(this.line("gg-from-line", `and ${shown.length - 8} more`));
    if (node.why) lines.push(this.line("gg-why", `rule: ${node.why}`));
    this.node.setAttribute("aria-live", pinned ? "polite" : "off");
    this.node.replaceChildren(...lines);
  }

  arrival(step) {
    const { nodes, edges } = this.timeline.recording;
    const from = nodes[edges[step.edge].child].name;
    return `from ${from}: ${step.product ?? this.timeline.number(step.contribution)[0]}`;
  }
}

/** The whole: graph, panel, buttons, slider and keys. */
class Stepper {
  constructor(root, recording, onMove) {
    this.timeline = new Timeline(recording);
    this.onMove = onMove;
    this.position = 0;
    this.hovered = this.chosen = null;
    this.fits = 0.7; // the smallest scale to fit by; null after zooming by hand
    this.picture = new Picture(this.timeline, (i) => this.hover(i), (i) => this.choose(i));
    this.panel = new Panel(this.timeline);
    this.stage = make("div", { class: "gg-stage" }, this.picture.svg); // its padding: see bringIntoSight
    this.root = root;
    root.classList.add("glassgrad");
    this.followTheme();
    root.tabIndex = 0;
    root.setAttribute("aria-label", `glassgrad: ${recording.title}`);
    root.replaceChildren(make("div", { class: "gg-body" }, this.stage, this.panel.element),
      this.controls());
    root.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.arrange()).observe(this.stage);
    this.arrange();
    this.redraw();
  }

  controls() {
    const button = (name, hint, act) => {
      const made = make("button", { type: "button", title: hint, "data-act": name.toLowerCase() }, name);
      made.addEventListener("click", act);
      return made;
    };
    this.play = button("Play", "play or pause (space)", () => this.toggle());
    this.slider = make("input", { type: "range", min: 0, max: this.timeline.length, value: 0,
      "aria-label": "position", class: "gg-slider" });
    this.slider.style.setProperty("--gg-split", `${(100 * this.timeline.seed) / this.timeline.length}%`);
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.place = make("span", { class: "gg-place" });
    this.speed = make("select", { "aria-label": "steps a second", title: "steps a second" },
      ...[1, 2, 5, 20, 60].map((n) => make("option", { value: n }, `${n}/s`)));
    const theme = button("Theme", "light or dark", () => this.toggleTheme());
    return make("div", { class: "gg-controls" }, this.slider,
      make("div", { class: "gg-row" },
        button("Start", "to the start (Home)", () => this.seek(0)),
        button("Back", "one step back (left arrow)", () => this.seek(this.position - 1)),
        this.play,
        button("Next", "one step on (right arrow)", () => this.seek(this.position + 1)),
        button("End", "to the end (End)", () => this.seek(this.timeline.length)),
        this.speed, this.place, make("span", { class: "gg-gap" }),
        button("−", "smaller", () => this.zoom(this.picture.scale / 1.25)),
        button("Fit", "fit the whole graph into the window", () => this.fit(0.02)),
        button("+", "larger", () => this.zoom(this.picture.scale * 1.25)), theme));
  }

  /** Go to a position, as far as there is one. */
  seek(position) {
    const wanted = clamp(Math.round(position) || 0, 0, this.timeline.length);
    const before = this.position;
    if (wanted === before) return;
    const nodes = new Set();
    const edges = new Set();
    for (let p = Math.min(before, wanted) + 1; p <= Math.max(before, wanted); p++) {
      const touched = this.timeline.touched(p);
      touched.nodes.forEach((i) => nodes.add(i));
      touched.edges.forEach((i) => edges.add(i));
    }
    this.position = wanted;
    this.picture.update(wanted, nodes, edges);
    this.tell();
    this.onMove(wanted);
  }

  redraw() {
    if (this.chosen !== null) this.picture.nodes[this.chosen].group.classList.add("gg-chosen");
    const all = (list) => list.map((_, i) => i);
    const { nodes, edges } = this.timeline.recording;
    this.picture.update(this.position, all(nodes), all(edges));
    this.tell();
  }

  /** Everything but the graph: panel, slider, place, and the part of the graph in sight. */
  tell() {
    this.panel.showStep(this.position);
    this.about();
    this.slider.value = this.position;
    const { seed, length } = this.timeline;
    const pass = this.position === 0 ? "start" : this.position < seed ? "forward" : "backward";
    this.slider.setAttribute("aria-valuetext", `step ${this.position} of ${length}, ${pass}`);
    this.place.textContent = `${this.position} / ${length} ${pass}`;
    this.bringIntoSight();
  }

  about() {
    this.panel.showNode(this.hovered ?? this.chosen, this.position, this.hovered === null);
  }

  hover(index) {
    this.hovered = index;
    this.about();
  }

  choose(index) {
    if (this.chosen !== null) this.picture.nodes[this.chosen].group.classList.remove("gg-chosen");
    this.chosen = this.chosen === index ? null : index;
    this.hovered = null; // what was asked for last is shown
    if (this.chosen !== null) {
      this.picture.nodes[this.chosen].group.classList.add("gg-chosen");
      this.bringIntoSight([this.picture.box(this.chosen)]);
    }
    this.about();
  }

  key(event) {
    const within = (...tags) => tags.includes(event.target.tagName); // which have keys of their own
    const { length } = this.timeline;
    const count = this.timeline.recording.nodes.length;
    const moves = { ArrowRight: this.position + 1, ArrowLeft: this.position - 1, Home: 0, End: length };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1] }[event.key] ?? [0, 1];
      this.stage.scrollBy(x * 120, y * 120);
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key in moves && !within("SELECT")) this.seek(moves[event.key]);
    else if (event.key === " " && !within("BUTTON", "SELECT")) this.toggle();
    else if (event.key === "ArrowDown" && !within("INPUT", "SELECT")) this.choose(((this.chosen ?? -1) + 1) % count);
    else if (event.key === "ArrowUp" && !within("INPUT", "SELECT")) this.choose(((this.chosen ?? 0) - 1 + count) % count);
    else if (event.key === "Escape" && this.chosen !== null) this.choose(this.chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  toggle() {
    if (this.timer) {
      this.pause();
      return;
    }
    if (this.position === this.timeline.length) this.seek(0);
    this.play.textContent = "Pause";
    this.panel.step.setAttribute("aria-live", "off"); // nobody could listen that fast
    let last = performance.now();
    const tick = (now) => {
      last = Math.max(last, now - STALL);
      const due = Math.floor(((now - last) * Number(this.speed.value)) / 1000 + 0.05);
      if (due > 0) {
        last = now;
        this.seek(this.position + due);
      }
      if (this.position >= this.timeline.length) this.pause();
      else this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.play.textContent = "Play";
    this.panel.step.setAttribute("aria-live", "polite");
  }

  /** Take the theme of the notebook around, else of the system, until a button is pressed. */
  followTheme() {
    const { jpThemeLight } = document.body.dataset; // JupyterLab's own
    const system = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
      if (this.themeChosen) return;
      const dark = jpThemeLight ? jpThemeLight === "false" : system.matches;
      this.root.dataset.theme = dark ? "dark" : "light";
    };
    system.addEventListener("change", follow);
    follow();
  }

  toggleTheme() {
    this.themeChosen = true;
    this.root.dataset.theme = this.root.dataset.theme === "dark" ? "light" : "dark";
  }

  /** Choose the layout for the room there is: downwards on a phone. */
  arrange() {
    const hidden = !this.root.clientWidth; // as in a notebook's tab behind
    if (hidden && this.downwards !== undefined) return;
    const downwards = this.root.clientWidth < PHONE;
    const changed = downwards !== this.downwards;
    if (changed) {
      this.downwards = downwards;
      this.picture.draw(this.timeline.recording.layouts[downwards ? "tall" : "wide"], downwards);
      this.redraw();
    }
    if (this.fits) this.fit(this.fits);
  }

  /** As large as the room allows, but not smaller than can be read; then the stage scrolls. */
  fit(smallest = 0.7) {
    const { width, height } = this.picture.layout;
    const across = (this.stage.clientWidth - 16) / width;
    const down = (this.stage.clientHeight - 16) / height;
    this.picture.zoom(clamp(Math.min(across, down), smallest, 1.6));
    this.fits = smallest;
    this.bringIntoSight();
  }

  zoom(scale) {
    this.fits = null;
    this.picture.zoom(clamp(scale, 0.02, 4));
    this.bringIntoSight();
  }

  /** Scroll as little as needed to see some boxes: those that the step is about. */
  bringIntoSight(boxes = this.picture.focus(this.position)) {
    const { stage } = this;
    const padding = 8;
    const margin = 24;
    const nudge = (at, room, low, high) =>
      low - margin < at ? low - margin : high + margin > at + room
        ? Math.min(low - margin, high + margin - room) : at;
    let [x, y] = [stage.scrollLeft, stage.scrollTop];
    for (const [left, top, right, bottom] of boxes) {
      x = nudge(x, stage.clientWidth, left + padding, right + padding);
      y = nudge(y, stage.clientHeight, top + padding, bottom + padding);
    }
    if (x !== stage.scrollLeft || y !== stage.scrollTop) stage.scrollTo(x, y);
  }
}

/** Put a stepper into an element; `onMove` hears of every new position. */
export function mount(root, recording, position = 0, onMove = () => {}) {
  const stepper = new Stepper(root, recording, onMove);
  stepper.seek(position);
  return stepper;
}

/** The same as a widget whose `position` Python reads and sets (see anywidget.dev). */
export default {
  render({ model, el }) {
    const root = make("div", { class: "gg-widget" });
    el.append(root);
    const stepper = mount(root, model.get("recording"), model.get("position"), (position) => {
      model.set("position", position);
      model.save_changes();
    });
    const follow = () => {
      // somebody else moved it: Python, or another view of the same widget
      if (model.get("position") !== stepper.position) stepper.pause();
      stepper.seek(model.get("position"));
    };
    model.on("change:position", follow);
    return () => {
      model.off("change:position", follow);
      stepper.pause();
    };
  },
};
