"use strict";
/* Charts as SVG: lines over time and a histogram. Each can be read with the pointer, with the arrow keys, and as text. */

const SVG = "http://www.w3.org/2000/svg";

/* make("p", {class: "x"}, "text", node …): attributes that are null are left out; texts are text, never markup. */
function make(tag, attributes, ...children) {
  const isShape = ["svg", "path", "line", "rect", "g", "circle", "text"].includes(tag);
  const node = isShape ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

/* At most `wanted` round numbers from 0 to what holds `most`: 1, 2, 5 times a power of ten, `least` or more apart. */
function ticks(most, wanted, least = 0) {
  if (!(most > 0)) return [0, 1];
  const rough = Math.max(most / wanted, least), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999);
  const all = [];
  for (let i = 0; i * step < most + step * 0.999; i++) all.push(Number((i * step).toPrecision(12)));
  return all;
}

function timeTicks(most, wanted) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  const step = steps.find((n) => most / n <= wanted) || Math.ceil(most / wanted / 86400) * 86400;
  const all = [];
  for (let at = 0; at <= most * 1.001; at += step) all.push(at);
  return all;
}

/* A run that was over at once: fractions of a second. */
function shortTimes(end) {
  const places = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(end))));
  return { marks: ticks(end, 4).filter((t) => t <= end * 1.001), text: (t) => `${Number(t.toFixed(places))} s` };
}

function clock(seconds) {
  const s = Math.round(seconds), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/* In units of the drawing, which is scaled to the width there is: smaller on a narrow screen, so that its texts can be read. */
const NARROW = window.innerWidth < 600;
const BOX = NARROW ? { width: 350, height: 190, left: 46, right: 12, top: 10, bottom: 24 } : { width: 560, height: 210, left: 52, right: 10, top: 10, bottom: 24 };

function frame(label) {
  return make("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, role: "img", tabindex: "0", "aria-label": label });
}

function axes(svg, x, y, xTicks, yTicks, xText, yText) {
  for (const tick of yTicks) {
    svg.append(make("line", { class: "grid", x1: BOX.left, x2: BOX.width - BOX.right, y1: y(tick), y2: y(tick) }));
    svg.append(make("text", { x: BOX.left - 6, y: y(tick) + 4, "text-anchor": "end" }, yText(tick)));
  }
  for (const tick of xTicks) {
    svg.append(make("text", { x: x(tick), y: BOX.height - 7, "text-anchor": "middle" }, xText(tick)));
  }
}

/* Pointer and arrow keys choose one of `count` places; show(i) draws it and returns its text. */
function readable(figure, svg, count, nearest, place, show) {
  const tip = make("div", { class: "tip", role: "status", hidden: true });
  const cursor = make("line", { class: "cursor", y1: BOX.top, y2: BOX.height - BOX.bottom, visibility: "hidden" });
  let at = -1;
  svg.append(cursor);
  figure.append(tip);
  function choose(i) {
    at = Math.max(0, Math.min(count - 1, i));
    cursor.setAttribute("x1", place(at));
    cursor.setAttribute("x2", place(at));
    cursor.setAttribute("visibility", "visible");
    tip.replaceChildren(...show(at).map((line) => make("div", null, line)));
    tip.hidden = false;
    const wide = svg.clientWidth, left = (place(at) / BOX.width) * wide, own = tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(wide - own, left + (left > wide / 2 ? -own - 12 : 12)))}px`;
    tip.style.top = `${svg.offsetTop || svg.getBoundingClientRect().top - figure.getBoundingClientRect().top + 8}px`;
  }
  function leave() {
    at = -1;
    tip.hidden = true;
    cursor.setAttribute("visibility", "hidden");
  }
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    choose(nearest(((event.clientX - box.left) / box.width) * BOX.width));
  });
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[event.key];
    if (event.key === "Escape") leave();
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
  });
}

/* {title, times, series: [{name, color, values, fill, dash, step}], text(value), unit, absent: what no value means} */
function lineChart(chart) {
  const figure = make("figure", null, make("figcaption", null, make("h3", null, chart.title)));
  const times = chart.times, end = (times.length && times[times.length - 1]) || 0.001;
  const time = end < 2 ? shortTimes(end) : { marks: timeTicks(end, NARROW ? 5 : 6), text: clock };
  const shown = chart.series.filter((s) => s.values.some((v) => v !== null && v !== undefined));
  const most = Math.max(0, ...shown.flatMap((s) => s.values.map((v) => v || 0)));
  const yTicks = ticks(most, 4), top = yTicks[yTicks.length - 1];
  const x = (t) => BOX.left + (t / end) * (BOX.width - BOX.left - BOX.right);
  const y = (v) => BOX.height - BOX.bottom - (v / top) * (BOX.height - BOX.top - BOX.bottom);
  const summary = shown.map((s) => {
    const values = s.values.filter((v) => v !== null);
    return `${s.name} at most ${chart.text(Math.max(...values))} ${chart.unit}, at the end ${chart.text(values[values.length - 1])}`;
  });
  const svg = frame(`${chart.title} over ${time.text(end)}. ${summary.join("; ")}. Arrow keys read single moments.`);
  axes(svg, x, y, time.marks, yTicks, time.text, chart.text);
  for (const s of shown) drawLine(svg, s, times, x, y);
  figure.append(make("ul", { class: "legend" }, shown.map((s) =>
    make("li", null, make("span", { class: s.dash ? "key dash" : "key", style: `border-color:var(--${s.color})` }), s.name))));
  figure.append(svg);
  readable(figure, svg, times.length, (px) => nearestTime(times, ((px - BOX.left) / (BOX.width - BOX.left - BOX.right)) * end),
    (i) => x(times[i]), (i) => [time.text(times[i]), ...shown.map((s) =>
      `${s.name}: ${s.values[i] === null ? chart.absent || "no request" : `${chart.text(s.values[i])} ${chart.unit}`}`)]);
  return figure;
}

function nearestTime(times, t) {
  let best = 0;
  for (let i = 1; i < times.length; i++) if (Math.abs(times[i] - t) < Math.abs(times[best] - t)) best = i;
  return best;
}

/* A gap where there is no value; a point that stands alone gets a dot. */
function drawLine(svg, s, times, x, y) {
  let path = "", area = "", from = null, last = null;
  const closeArea = () => { if (from !== null) area += `L${x(last)} ${y(0)}L${x(from)} ${y(0)}Z`; };
  s.values.forEach((value, i) => {
    if (value === null || value === undefined) {
      closeArea();
      from = null;
      return;
    }
    const px = x(times[i]).toFixed(1), py = y(value).toFixed(1);
    const alone = from === null && (i + 1 === s.values.length || s.values[i + 1] === null);
    if (alone) svg.append(make("circle", { cx: px, cy: py, r: 3.5, fill: `var(--${s.color})` }));
    if (s.step && from !== null) path += `H${px}`, area += `H${px}`;
    path += `${from === null ? "M" : "L"}${px} ${py}`;
    area += `${from === null ? "M" : "L"}${px} ${py}`;
    if (from === null) from = times[i];
    last = times[i];
  });
  closeArea();
  if (s.fill) svg.append(make("path", { d: area, fill: `var(--${s.color}-fill)` }));
  svg.append(make("path", { d: path, fill: "none", stroke: `var(--${s.color})`, "stroke-width": s.dash ? 1.5 : 2, "stroke-dasharray": s.dash ? "5 4" : null,
    "stroke-linejoin": "round" }));
}

/* The upper end of a bucket of the report's histograms: 1 us wide up to 256, then 128 to each power of two. */
function bucketEnd(low) {
  return low < 256 ? low + 1 : low + 2 ** (Math.floor(Math.log2(low)) - 7);
}

/* [[low_us, count] …] in at most 56 bars of equal width on a logarithmic scale; bars are not narrower than a bucket. */
function bars(buckets) {
  const low = Math.max(1, buckets[0][0]), high = bucketEnd(buckets[buckets.length - 1][0]);
  const wanted = Math.max(1, Math.min(56, Math.ceil(Math.log2(high / low) * 24)));
  const ratio = (high / low) ** (1 / wanted), all = [];
  for (let i = 0; i < wanted; i++) all.push({ low: low * ratio ** i, high: low * ratio ** (i + 1), count: 0 });
  for (const [at, count] of buckets) {
    const i = Math.floor(Math.log(Math.max(at, low) / low) / Math.log(ratio) + 1e-9);
    all[Math.min(wanted - 1, i)].count += count;
  }
  return all;
}

function histogram(title, row, time, number) {
  const figure = make("figure", null, make("figcaption", null, make("h3", null, title)));
  const all = bars(row.histogram), first = all[0].low, last = all[all.length - 1].high;
  const wider = Math.max(1, Math.sqrt(2.5 / (last / first))), low = first / wider, high = last * wider;
  const yTicks = ticks(Math.max(...all.map((bar) => bar.count)), 4, 1), top = yTicks[yTicks.length - 1];
  const x = (us) => BOX.left + (Math.log(us / low) / Math.log(high / low)) * (BOX.width - BOX.left - BOX.right);
  const y = (n) => BOX.height - BOX.bottom - (n / top) * (BOX.height - BOX.top - BOX.bottom);
  const marks = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const n of high / low > 300 ? [1] : [1, 2, 5]) if (n * power >= low && n * power <= high) marks.push(n * power);
  }
  if (marks.length < 2) marks.splice(0, 1, low, Math.sqrt(low * high), high);
  const svg = frame(`${title}: response times from ${time(row.min_us)} to ${time(row.max_us)} ms, half of them up to ${time(row.percentiles_us["50"])} ms. ` +
    "Arrow keys read single bars.");
  axes(svg, x, y, marks, yTicks, time, number);
  for (const bar of all) {
    if (!bar.count) continue;
    svg.append(make("rect", { x: x(bar.low) + 0.5, width: Math.max(1, x(bar.high) - x(bar.low) - 1), y: y(bar.count),
      height: Math.max(0.7, y(0) - y(bar.count)), fill: "var(--c1)", rx: 1 }));
  }
  for (const [p, color] of [["50", "c3"], ["95", "c2"], ["99", "c4"]]) {
    const at = x(Math.min(high, Math.max(low, row.percentiles_us[p])));
    svg.append(make("line", { x1: at, x2: at, y1: BOX.top, y2: y(0), stroke: `var(--${color})`, "stroke-width": 1.5, "stroke-dasharray": "4 3" }));
  }
  figure.append(make("ul", { class: "legend" }, [["50", "c3"], ["95", "c2"], ["99", "c4"]].map(([p, color]) =>
    make("li", null, make("span", { class: "key dash", style: `border-color:var(--${color})` }), `p${p} ${time(row.percentiles_us[p])} ms`))));
  figure.append(svg);
  figure.append(make("p", { class: "note" }, "Milliseconds on a logarithmic scale; the height is the number of requests."));
  readable(figure, svg, all.length, (px) => all.findIndex((bar) => px < x(bar.high)) < 0 ? all.length - 1 : all.findIndex((bar) => px < x(bar.high)),
    (i) => (x(all[i].low) + x(all[i].high)) / 2, (i) => [`${time(all[i].low)} to ${time(all[i].high)} ms`, `${number(all[i].count)} requests`]);
  return figure;
}
