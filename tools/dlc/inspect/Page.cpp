#include "tools/dlc/inspect/Page.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/inspect/Memory.h"
#include "tools/dlc/inspect/Symbols.h"
#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace dlc::cli::inspect {
namespace {
constexpr const char *style = R"css(
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #1b1d21; --soft: #5c6370; --line: #dcdfe4; --card: #f2f3f5;
  --contraction: #9fc3f0; --reduction: #f3c283; --other: #b5d6ab; --block-ink: #10233c; --live: #b3203c; }
@media (prefers-color-scheme: dark) { :root { --page: #15171b; --ink: #e6e8eb; --soft: #9aa3af; --line: #343a43;
  --card: #1f2329; --contraction: #2c5688; --reduction: #83561b; --other: #37603a; --block-ink: #f0f4f8;
  --live: #ff7d90; } }
body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 1180px; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
.soft { color: var(--soft); } code, td.code { font-family: ui-monospace, monospace; font-size: .88em; }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: .8rem 0; }
.tiles div { background: var(--card); border-radius: 8px; padding: .5rem .9rem; }
.tiles b { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .28rem .7rem .28rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.spill { color: var(--live); font-weight: 600; }
summary { cursor: pointer; color: var(--soft); margin: .8rem 0; }
svg { display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .name { fill: var(--block-ink); pointer-events: none; } svg .grid { stroke: var(--line); }
svg rect { stroke: var(--page); stroke-width: 1; } svg rect:hover { stroke: var(--ink); }
.Contraction { fill: var(--contraction); background: var(--contraction); }
.Reduction { fill: var(--reduction); background: var(--reduction); }
.Other { fill: var(--other); background: var(--other); }
.live { fill: none; stroke: var(--live); stroke-width: 2; pointer-events: none; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .35em 0 1em; }
.key.line { height: 2px; width: 1.4em; vertical-align: middle; background: var(--live); }
)css";

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text)
    switch (c) {
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '&':
      out += "&amp;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      out += c;
    }
  return out;
}

std::string bytesText(uint64_t bytes) { return humanBytes(static_cast<double>(bytes)); }

std::string list(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> &names) {
  std::string text;
  for (const auto *name : names)
    text += (text.empty() ? "" : ", ") + name->str();
  return text;
}

class Page {
public:
  Page(const rt::Program &program, const std::string &title, const std::string &variant)
      : program(program), title(title), wanted(variant) {}

  std::string make() {
    const fb::Program &table = program.table();
    out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    add("<title>{}</title>\n<style>", escaped(title));
    out += style;
    add("</style></head><body>\n<h1>{}</h1>\n<p class=\"soft\">{}, {}, made by {}</p>\n", escaped(title),
        escaped(table.name()->str()), bytesText(program.fileSize()), escaped(table.producer()->str()));
    signature(table);
    bool first = true;
    for (const auto *v : *table.variants())
      if (wanted.empty() || v->target()->str() == wanted) {
        variant(*v, first);
        first = false;
      }
    out += "</body></html>\n";
    return std::move(out);
  }

private:
  const rt::Program &program;
  const std::string title, wanted;
  std::string out;

  template <class... T> void add(fmt::format_string<T...> text, T &&...values) {
    fmt::format_to(std::back_inserter(out), text, std::forward<T>(values)...);
  }

  void signature(const fb::Program &table) {
    Names names = symbolNames(table);
    out += "<table><tr><th></th><th>name</th><th>type</th></tr>\n";
    for (size_t i = 0; i < names.size(); ++i) {
      const fb::Symbol &s = *table.symbols()->Get(static_cast<unsigned>(i));
      add("<tr><td>symbol</td><td class=\"code\">{}</td><td>{} to {}, {}</td></tr>\n", escaped(names[i]), s.low(),
          s.high(), escaped(originOf(table, s)));
    }
    for (const auto *t : *table.inputs())
      add("<tr><td>input</td><td class=\"code\">{}</td><td class=\"code\">{}</td></tr>\n", escaped(t->name()->str()),
          escaped(typeOf(*t, names)));
    for (const auto *t : *table.outputs())
      add("<tr><td>output</td><td class=\"code\">{}</td><td class=\"code\">{}</td></tr>\n", escaped(t->name()->str()),
          escaped(typeOf(*t, names)));
    out += "</table>\n";
    if (table.weights()->size() == 0)
      return;
    add("<details><summary>{} weights and states</summary><table>\n", table.weights()->size());
    for (const auto *t : *table.weights())
      add("<tr><td>{}</td><td class=\"code\">{}</td><td class=\"code\">{}</td></tr>\n",
          t->role() == fb::Role::State ? "state" : "weight", escaped(t->name()->str()), typeOf(*t));
    out += "</table></details>\n";
  }

  void variant(const fb::Variant &v, bool open) {
    Memory memory = memoryOf(v);
    Launches launches = launchesOf(v);
    add("<h2>{}</h2>\n<div class=\"tiles\">\n", escaped(v.target()->str()));
    tile(fmt::format("{}", launches.total()), "launches");
    tile(fmt::format("{} + {} + {}", launches.contractions, launches.reductions, launches.others),
         "contractions + reductions + others");
    tile(fmt::format("{}", v.kernels()->size()), "kernels");
    tile(bytesText(memory.arena), "arena");
    tile(fmt::format("{:.3f}", memory.ratio()), fmt::format("times the peak of {} live", bytesText(memory.peak)));
    add("</div>\n<details{}><summary>Memory, kernels and plan</summary>\n", open ? " open" : "");
    chart(v, memory);
    kernels(v);
    plan(v, memory);
    out += "</details>\n";
    if (v.init())
      init(v);
  }

  /// What is derived from the weights, and how: run once, so it is folded away.
  void init(const fb::Variant &v) {
    add("<details><summary>Init, once at load: {} weights derived by {} launches</summary>\n<table><tr><th>name</th>"
        "<th>type</th></tr>\n",
        v.derived()->size(), launchesOf(*v.init()).total());
    for (const auto *t : *v.derived())
      add("<tr><td class=\"code\">{}</td><td class=\"code\">{}</td></tr>\n", escaped(t->name()->str()), typeOf(*t));
    out += "</table>\n";
    kernels(*v.init());
    plan(*v.init(), memoryOf(*v.init()));
    out += "</details>\n";
  }

  void tile(const std::string &value, const std::string &what) { add("<div><b>{}</b>{}</div>\n", value, what); }

  void chart(const fb::Variant &v, const Memory &memory) {
    size_t steps = memory.live.size();
    if (memory.arena == 0 || steps == 0)
      return;
    const double left = 72, top = 12, height = 320, width = std::max(1040.0, 14.0 * static_cast<double>(steps));
    auto x = [&](size_t step) { return left + width * static_cast<double>(step) / static_cast<double>(steps); };
    auto y = [&](uint64_t bytes) {
      return top + height * (1 - static_cast<double>(bytes) / static_cast<double>(memory.arena));
    };
    out += "<h3>The arena over time</h3>\n<p class=\"soft\">A block is what a step wrote, from that step to its last "
           "reader, at its place in the arena; by the kernel that wrote it:"
           "<span class=\"key Contraction\"></span>contraction<span class=\"key Reduction\"></span>reduction"
           "<span class=\"key Other\"></span>other<span class=\"key line\"></span>bytes that live</p>\n";
    add("<div class=\"wide\"><svg width=\"{:.0f}\" height=\"{:.0f}\" role=\"img\" aria-label=\"arena over time\">\n",
        left + width + 8, top + height + 36);
    for (int i = 0; i <= 4; ++i) {
      uint64_t bytes = memory.arena / 4 * static_cast<uint64_t>(i);
      add("<line class=\"grid\" x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
          "<text x=\"{3:.0f}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
          left, left + width, y(bytes), left - 6, y(bytes) + 4, bytesText(bytes));
    }
    for (const Block &block : memory.blocks) {
      double x0 = x(block.first), x1 = x(block.last + 1), y0 = y(block.offset + block.bytes), y1 = y(block.offset);
      const fb::Step &step = *v.steps()->Get(static_cast<uint32_t>(block.first));
      add("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.2f}\" width=\"{:.1f}\" height=\"{:.2f}\"><title>{} ({})\n{} at {}, "
          "steps {} to {}\nwritten by {}</title></rect>\n",
          fb::EnumNameKernelKind(kindOf(v, step)), x0, y0, x1 - x0, std::max(0.5, y1 - y0), escaped(block.name),
          block.type, bytesText(block.bytes), block.offset, block.first, block.last, escaped(stepName(v, step)));
      size_t fits = static_cast<size_t>(std::max(0.0, (x1 - x0 - 8) / 6.2));
      if (y1 - y0 >= 14 && fits >= 4)
        add("<text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x0 + 4, (y0 + y1) / 2 + 4,
            escaped(block.name.size() <= fits ? block.name : block.name.substr(0, fits - 1) + "…"));
    }
    out += "<path class=\"live\" d=\"";
    add("M{:.1f} {:.2f}", x(0), y(memory.live[0]));
    for (size_t s = 0; s < steps; ++s)
      add("V{:.2f}H{:.1f}", y(memory.live[s]), x(s + 1));
    out += "\"/>\n";
    size_t every = std::max<size_t>(1, (steps + 19) / 20);
    for (size_t s = 0; s < steps; s += every)
      add("<text x=\"{:.1f}\" y=\"{:.0f}\">{}</text>\n", x(s), top + height + 16, s);
    add("<text x=\"{:.0f}\" y=\"{:.0f}\">step</text></svg></div>\n", left, top + height + 32);
  }

  void kernels(const fb::Variant &v) {
    std::map<uint32_t, size_t> calls;
    for (const auto *step : *v.steps())
      ++calls[step->kernel()];
    std::vector<std::string> archs;
    for (const auto *k : *v.kernels())
      for (const auto *a : *k->archs())
        if (std::find(archs.begin(), archs.end(), a->arch()->str()) == archs.end())
          archs.push_back(a->arch()->str());
    out += "<h3>Kernels</h3>\n<div class=\"wide\"><table><tr><th>name</th><th>class</th><th class=\"n\">calls</th>"
           "<th class=\"n\">flops</th><th class=\"n\">bytes</th>";
    for (const std::string &arch : archs)
      add("<th class=\"n\">{} registers</th>", escaped(arch));
    out += "<th>source nodes</th></tr>\n";
    for (uint32_t i = 0; i < v.kernels()->size(); ++i) {
      const fb::Kernel &k = *v.kernels()->Get(i);
      add("<tr><td class=\"code\">{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
          "<td class=\"n\">{}</td>",
          escaped(k.name()->str()), fb::EnumNameKernelKind(k.kind()), calls[i], count(k.flops()), bytesText(k.bytes()));
      for (const std::string &arch : archs) {
        std::string cell;
        for (const auto *a : *k.archs())
          if (a->arch()->str() == arch)
            cell = fmt::format(
                "{}{}", a->registers(),
                a->spill_bytes() ? fmt::format(" <span class=\"spill\">spills {} B</span>", a->spill_bytes()) : "");
        add("<td class=\"n\">{}</td>", cell);
      }
      add("<td class=\"code\">{}</td></tr>\n", escaped(list(*k.sources())));
    }
    out += "</table></div>\n";
  }

  static std::string count(uint64_t n) {
    double value = static_cast<double>(n);
    for (const char *unit : {"", " k", " M", " G"}) {
      if (value < 1000)
        return fmt::format("{:.3g}{}", value, unit);
      value /= 1000;
    }
    return fmt::format("{:.3g} T", value);
  }

  static std::string stepName(const fb::Variant &v, const fb::Step &step) {
    std::string kernel = kernelOf(v, step);
    return kernel.empty() ? fb::EnumNameStepKind(step.kind()) : kernel;
  }

  void plan(const fb::Variant &v, const Memory &memory) {
    out += "<details><summary>Plan, step by step</summary><div class=\"wide\"><table><tr><th class=\"n\">step</th>"
           "<th>kernel</th><th class=\"n\">live</th><th>reads</th><th>writes</th></tr>\n";
    for (uint32_t s = 0; s < v.steps()->size(); ++s) {
      const fb::Step &step = *v.steps()->Get(s);
      std::string lists[2];
      for (uint32_t i = 0; i < step.args()->size(); ++i) {
        const fb::Buffer &b = *v.buffers()->Get(step.args()->Get(i));
        std::string &to = lists[i + step.outputs() >= step.args()->size()];
        to += fmt::format("{}{} <span class=\"soft\">{}</span>", to.empty() ? "" : "<br>",
                          escaped(b.name()->size() ? b.name()->str() : fb::EnumNameBufferKind(b.kind())),
                          escaped(typeOf(b, symbolNames(program.table()))));
      }
      add("<tr><td class=\"n\">{}</td><td class=\"code\">{}</td><td class=\"n\">{}</td><td class=\"code\">{}</td>"
          "<td class=\"code\">{}</td></tr>\n",
          s, escaped(stepName(v, step)), bytesText(memory.live[s]), lists[0], lists[1]);
    }
    out += "</table></div></details>\n";
  }
};
} // namespace

std::string page(const rt::Program &program, const std::string &title, const std::string &variant) {
  return Page(program, title, variant).make();
}

} // namespace dlc::cli::inspect
