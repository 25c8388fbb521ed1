#include "tools/dlc/training/LogPage.h"
#include <cmath>
#include <nlohmann/json.hpp>

namespace dlc::cli {
namespace {
using Json = nlohmann::ordered_json;

constexpr const char *head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #1b1d21; --soft: #5c6370; --line: #e3e5e9; --card: #f2f3f5;
  --c0: #2563c4; --c1: #d0611c; --c2: #2b8a4b; --bar: #2563c4; }
@media (prefers-color-scheme: dark) { :root { --page: #15171b; --ink: #e6e8eb; --soft: #9aa3af; --line: #2c323a;
  --card: #1f2329; --c0: #6ea8ff; --c1: #ff9d5c; --c2: #6fd08c; --bar: #6ea8ff; } }
body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 1180px; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 1rem; margin: 0; }
.soft { color: var(--soft); margin: .2rem 0; }
.bar { height: 6px; border-radius: 3px; background: var(--line); margin: .8rem 0; overflow: hidden; }
.bar div { height: 100%; background: var(--bar); }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: .8rem 0 1.6rem; }
.tiles div { background: var(--card); border-radius: 8px; padding: .5rem .9rem; color: var(--soft); }
.tiles b { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums; color: var(--ink); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 1.6rem; }
.chart header { display: flex; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
.key { color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; }
.key i { display: inline-block; width: 1.2em; height: 3px; border-radius: 2px; vertical-align: middle;
  margin-right: .4em; }
.key b { font-weight: 600; color: var(--ink); }
label { color: var(--soft); font-size: .85rem; margin-left: auto; cursor: pointer; }
svg { display: block; width: 100%; height: 220px; touch-action: pan-y; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); } svg .cross { stroke: var(--soft); stroke-dasharray: 3 3; }
svg path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
</style></head><body>
<h1 id="title"></h1><p class="soft" id="device"></p>
<div class="bar"><div id="progress"></div></div>
<div class="tiles" id="facts"></div><div class="charts" id="charts"></div>
<script>
const page = )html";

constexpr const char *tail = R"html(;
// What a reload must not lose: the scroll position, the step that is pointed at, the scales.
let kept = {};
try { kept = JSON.parse(sessionStorage.getItem("dlc") || window.name || "{}"); } catch (e) {}
const keep = () => { const text = JSON.stringify(kept);
  try { sessionStorage.setItem("dlc", text); } catch (e) { window.name = text; } };
const make = (name, attributes, parent, text) => {
  const svg = ["svg", "path", "line", "text", "circle", "g"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.append(node);
  return node;
};
const show = (v, unit) => {
  if (unit === "%") return Number((100 * v).toFixed(2)) + " %";
  const size = Math.abs(v);
  const text = size >= 1e6 ? (v / 1e6).toPrecision(3) + " M" : size >= 1e4 ? (v / 1e3).toPrecision(3) + " k"
    : size === 0 ? "0" : size < 1e-3 ? v.toExponential(2).replace(/\.?0+e/, "e") : String(Number(v.toPrecision(4)));
  return text + unit;
};
const ticks = (low, high, wanted) => {
  const raw = (high - low) / wanted || 1, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(k => k * power).find(s => s >= raw * 0.999);
  const list = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) list.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return list;
};
document.title = page.title;
document.getElementById("title").textContent = page.title;
const age = Date.now() / 1000 - page.written;
document.getElementById("device").textContent = page.device + " · " + (page.state === "running" && age > 90
  ? "no news for " + Math.round(age / 60) + " min" : page.state);
document.getElementById("progress").style.width = 100 * page.progress + "%";
for (const [name, value] of page.facts) {
  const tile = make("div", {}, document.getElementById("facts"));
  make("b", {}, tile, value);
  tile.append(name);
}
const drawn = [];
const draw = () => {
  const place = document.getElementById("charts");
  place.textContent = "";
  drawn.length = 0;
  // All of them first: how wide one is depends on how many there are.
  const boxes = page.charts.map(() => make("section", { class: "chart" }, place));
  page.charts.forEach((chart, index) => {
    const box = boxes[index], top = make("header", {}, box);
    make("h2", {}, top, chart.title);
    const keys = chart.curves.map((curve, i) => {
      const key = make("span", { class: "key" }, top);
      make("i", { style: "background: var(--c" + i % 3 + ")" }, key);
      key.append(curve.name + " ");
      return make("b", {}, key);
    });
    let all = chart.curves.flatMap(c => c.points), log = !!(kept.log || {})[chart.title];
    const values = all.map(p => p[1]);
    if (Math.min(...values) > 0 && Math.max(...values) > 4 * Math.min(...values)) {
      const label = make("label", {}, top), tick = make("input", { type: "checkbox" }, label);
      label.append(" log");
      tick.checked = log;
      tick.onchange = () => { (kept.log = kept.log || {})[chart.title] = tick.checked; keep(); draw(); };
    } else log = false;
    const svg = make("svg", {}, box), W = svg.clientWidth || 500, H = 220, left = 58, right = 18, up = 12, down = 24;
    svg.setAttribute("viewBox", "0 0 " + W + " " + H);
    const f = log ? Math.log10 : v => v;
    let x0 = Math.min(...all.map(p => p[0])), x1 = Math.max(...all.map(p => p[0]));
    let y0 = Math.min(...all.map(p => f(p[1]))), y1 = Math.max(...all.map(p => f(p[1])));
    if (x1 === x0) x1 = x0 + 1;
    if (y1 === y0) { const d = Math.abs(y0) * 0.1 || 1; y0 -= d; y1 += d; }
    const pad = (y1 - y0) * 0.05; y0 -= pad; y1 += pad;
    if (!log && y0 < 0 && all.every(p => p[1] >= 0)) y0 = 0;
    const X = x => left + (x - x0) / (x1 - x0) * (W - left - right);
    const Y = y => H - down - (f(y) - y0) / (y1 - y0) * (H - up - down);
    for (const t of ticks(y0, y1, 4)) {
      const y = H - down - (t - y0) / (y1 - y0) * (H - up - down);
      make("line", { class: "grid", x1: left, x2: W - right, y1: y, y2: y }, svg);
      make("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, svg, show(log ? 10 ** t : t, chart.unit));
    }
    for (const t of ticks(x0, x1, Math.max(2, W / 110)))
      make("text", { x: X(t), y: H - 6, "text-anchor": "middle" }, svg, show(t, ""));
    const marks = chart.curves.map((curve, i) => {
      const colour = "var(--c" + i % 3 + ")";
      make("path", { style: "stroke: " + colour, d: curve.points.map((p, k) => (k ? "L" : "M") + X(p[0]).toFixed(1)
        + " " + Y(p[1]).toFixed(1)).join("") }, svg);
      if (curve.points.length < 40) for (const p of curve.points)
        make("circle", { cx: X(p[0]), cy: Y(p[1]), r: 2.2, style: "fill: " + colour }, svg);
      return make("circle", { r: 4, style: "fill: " + colour, visibility: "hidden" }, svg);
    });
    const cross = make("line", { class: "cross", y1: up, y2: H - down, visibility: "hidden" }, svg);
    const point = step => chart.curves.forEach((curve, i) => {
      const on = step !== null && step !== undefined;
      const near = curve.points.reduce((a, b) => on && Math.abs(b[0] - step) < Math.abs(a[0] - step) ? b : a,
        on ? curve.points[0] : curve.points[curve.points.length - 1]);
      keys[i].textContent = show(near[1], chart.unit) + (on ? " at " + Math.round(near[0]) : "");
      marks[i].setAttribute("visibility", on ? "visible" : "hidden");
      marks[i].setAttribute("cx", X(near[0])); marks[i].setAttribute("cy", Y(near[1]));
      cross.setAttribute("visibility", on ? "visible" : "hidden");
      if (on) for (const a of ["x1", "x2"]) cross.setAttribute(a, X(Math.min(Math.max(step, x0), x1)));
    });
    svg.onpointermove = e => {
      const at = (e.clientX - svg.getBoundingClientRect().left) / svg.clientWidth * W;
      pointAt(x0 + (Math.min(Math.max(at, left), W - right) - left) / (W - left - right) * (x1 - x0));
    };
    svg.onpointerleave = () => pointAt(null);
    drawn.push(point);
    point(kept.step);
  });
};
const pointAt = step => { kept.step = step; drawn.forEach(point => point(step)); };
draw();
let width = innerWidth;
onresize = () => { if (innerWidth !== width) { width = innerWidth; draw(); } };
scrollTo(0, kept.scroll || 0);
if (page.state === "running") {
  const again = () => { kept.scroll = scrollY; keep(); location.reload(); };
  // A page that nobody sees waits.
  setTimeout(() => document.hidden ? document.addEventListener("visibilitychange", again) : again(), 2000);
}
</script></body></html>
)html";
} // namespace

std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>> &points, size_t most) {
  if (points.size() <= most || most < 3)
    return points;
  std::vector<std::pair<double, double>> result{points.front()};
  size_t inner = points.size() - 2, parts = most - 2;
  for (size_t i = 0; i < parts; ++i) {
    size_t first = 1 + i * inner / parts, end = 1 + (i + 1) * inner / parts;
    double x = 0, y = 0;
    for (size_t k = first; k < end; ++k) {
      x += points[k].first;
      y += points[k].second;
    }
    result.emplace_back(x / static_cast<double>(end - first), y / static_cast<double>(end - first));
  }
  result.push_back(points.back());
  return result;
}

std::string render(const LogPage &page) {
  Json json = {{"title", page.title},     {"device", page.device},     {"state", page.state},
               {"written", page.written}, {"progress", page.progress}, {"facts", page.facts},
               {"charts", Json::array()}};
  for (const Chart &chart : page.charts) {
    Json curves = Json::array();
    for (const Curve &curve : chart.curves) {
      std::vector<std::pair<double, double>> finite;
      for (auto &p : curve.points)
        if (std::isfinite(p.second))
          finite.push_back(p);
      if (!finite.empty())
        curves.push_back({{"name", curve.name}, {"points", thinned(finite, 800)}});
    }
    if (!curves.empty())
      json["charts"].push_back({{"title", chart.title}, {"unit", chart.unit}, {"curves", curves}});
  }
  // "</script>" in a name must not end the script; names that are no UTF-8 must not end training.
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace), safe;
  for (char c : text)
    safe += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return head + safe + tail;
}
} // namespace dlc::cli
