// dlc inspect: what is in an executable (signature, variants, kernels, plan, text) or a model.
#include "runtime/Program.h"
#include "runtime/Symbols.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/data/Sha256.h"
#include "tools/dlc/inspect/Memory.h"
#include "tools/dlc/inspect/Page.h"
#include "tools/dlc/inspect/Symbols.h"
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>

namespace dlc::cli {
namespace {
struct Flags {
  std::string file, kernel, variant, html;
  bool plan = false, memory = false, text = false, hash = false, json = false;
};

std::vector<std::string> strings(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> &list) {
  std::vector<std::string> result;
  for (const auto *s : list)
    result.push_back(s->str());
  return result;
}

using inspect::formula;
using inspect::formulasOf;
using inspect::Names;
using inspect::originOf;
using inspect::symbolNames;
using inspect::typeOf;

template <class List> Json tensors(const List &list, const Names &names = {}) {
  Json result = Json::array();
  for (const auto *t : list) {
    Json tensor = {{"name", t->name()->str()},
                   {"dtype", rt::dtypeName(t->dtype())},
                   {"shape", std::vector<int64_t>(t->shape()->begin(), t->shape()->end())}};
    if (const rt::Formulas *dims = formulasOf(*t); dims && dims->size()) {
      tensor["dims"] = Json::array();
      for (const fb::Expr *e : *dims)
        tensor["dims"].push_back(formula(*e, names));
    }
    result.push_back(std::move(tensor));
  }
  return result;
}

/// What of a step depends on symbols: " work 4*batch grid batch, 1, 1 with batch".
std::string sizesOf(const fb::Step &s, const Names &names) {
  std::string text;
  auto list = [&](const char *what, const rt::Formulas *formulas) {
    std::string parts;
    for (unsigned i = 0; formulas && i < formulas->size(); ++i)
      parts += (i ? ", " : "") + formula(*formulas->Get(i), names);
    if (!parts.empty())
      text += fmt::format("  {} {}", what, parts);
  };
  if (s.work_at())
    text += "  work " + formula(*s.work_at(), names);
  list("grid", s.grid_at());
  list("values", s.values());
  if (s.matmul())
    list("matmul", s.matmul()->dims_at());
  if (s.convolution())
    list("convolution", s.convolution()->dst_dims_at());
  if (s.kind() == fb::StepKind::Host && s.symbol() < names.size())
    text += "  finds " + names[s.symbol()];
  return text;
}

using inspect::kernelOf;

Json variantToJson(const fb::Variant &v, const Names &names) {
  Json kernels = Json::array(), steps = Json::array(), codes = Json::array();
  for (const auto *k : *v.kernels()) {
    Json archs = Json::object();
    for (const auto *a : *k->archs())
      archs[a->arch()->str()] = {
          {"registers", a->registers()}, {"spill_bytes", a->spill_bytes()}, {"shared_bytes", a->shared_bytes()}};
    kernels.push_back({{"name", k->name()->str()},
                       {"sources", strings(*k->sources())},
                       {"flops", k->flops()},
                       {"bytes", k->bytes()},
                       {"kind", fb::EnumNameKernelKind(k->kind())},
                       {"archs", archs}});
  }
  for (const auto *s : *v.steps()) {
    steps.push_back({{"kind", fb::EnumNameStepKind(s->kind())},
                     {"kernel", kernelOf(v, *s)},
                     {"sources", strings(*s->sources())},
                     {"args", std::vector<uint32_t>(s->args()->begin(), s->args()->end())},
                     {"deps", std::vector<uint32_t>(s->deps()->begin(), s->deps()->end())}});
    if (std::string sizes = sizesOf(*s, names); !sizes.empty())
      steps.back()["sizes"] = sizes.substr(2);
  }
  inspect::Memory memory = inspect::memoryOf(v);
  Json blocks = Json::array();
  for (const inspect::Block &b : memory.blocks)
    blocks.push_back({{"name", b.name},
                      {"type", b.type},
                      {"offset", b.offset},
                      {"bytes", b.bytes},
                      {"first_step", b.first},
                      {"last_step", b.last}});
  inspect::Launches launches = inspect::launchesOf(v);
  for (const auto *c : *v.codes())
    codes.push_back(
        {{"kind", fb::EnumNameCodeKind(c->kind())}, {"arch", c->arch()->str()}, {"section", c->section()->str()}});
  Json json = {{"target", v.target()->str()},
               {"launches",
                {{"total", launches.total()},
                 {"contractions", launches.contractions},
                 {"reductions", launches.reductions},
                 {"others", launches.others}}},
               {"arena_bytes", v.arena_bytes()},
               {"peak_bytes", memory.peak},
               {"peak_step", memory.peakStep},
               {"live_bytes", memory.live},
               {"blocks", blocks},
               {"kernels", kernels},
               {"steps", steps},
               {"codes", codes}};
  if (v.init()) {
    json["derived"] = tensors(*v.derived());
    json["init"] = variantToJson(*v.init(), names);
  }
  return json;
}

std::string bytesText(uint64_t bytes) { return humanBytes(static_cast<double>(bytes)); }

std::string stepName(const fb::Variant &v, const fb::Step &step) {
  std::string kernel = kernelOf(v, step);
  return kernel.empty() ? fb::EnumNameStepKind(step.kind()) : kernel;
}

/// What lives at each step, and which blocks of the arena that is.
void printMemory(const fb::Variant &v, const inspect::Memory &memory) {
  fmt::print("  memory:\n");
  for (size_t s = 0; s < memory.live.size(); ++s)
    fmt::print("  {:>3}  {:>8} {} {}{}\n", s, bytesText(memory.live[s]),
               bar(memory.arena ? static_cast<double>(memory.live[s]) / static_cast<double>(memory.arena) : 0, 32),
               stepName(v, *v.steps()->Get(static_cast<uint32_t>(s))),
               s == memory.peakStep && memory.peak ? "  (peak)" : "");
  fmt::print("  blocks of the arena:\n");
  for (const inspect::Block &b : memory.blocks)
    fmt::print("  {:>12}  {:>8}  steps {:>3} to {:>3}  {}: {}\n", b.offset, bytesText(b.bytes), b.first, b.last, b.name,
               b.type);
}

void printKernels(const fb::Variant &v) {
  for (const auto *k : *v.kernels()) {
    std::string archs;
    for (const auto *a : *k->archs())
      archs += fmt::format("  {} {} registers{}", a->arch()->str(), a->registers(),
                           a->spill_bytes() ? fmt::format(" (spills {} B)", a->spill_bytes()) : "");
    fmt::print("  {:<28} {:>8.3g} Mflop  {:>8}  from {}{}\n", k->name()->str(), static_cast<double>(k->flops()) / 1e6,
               bytesText(k->bytes()), fmt::join(strings(*k->sources()), ", "), archs);
  }
}

void printPlan(const fb::Variant &v, const Names &names) {
  std::vector<size_t> bodies; // ends of those around, which are indented
  for (size_t i = 0; i < v.steps()->size(); ++i) {
    const auto *s = v.steps()->Get(static_cast<unsigned>(i));
    while (!bodies.empty() && bodies.back() <= i)
      bodies.pop_back();
    std::string args;
    for (uint32_t a : *s->args()) {
      const auto *b = v.buffers()->Get(a);
      args += fmt::format("{}{}:{}", args.empty() ? "" : ", ",
                          b->name()->size() ? b->name()->str() : fb::EnumNameBufferKind(b->kind()), typeOf(*b, names));
    }
    fmt::print("  {:>3}  {:{}}{:<8} {:<26} ({}){}\n", i, "", 2 * bodies.size(), fb::EnumNameStepKind(s->kind()),
               kernelOf(v, *s), args, sizesOf(*s, names));
    size_t end = i + 1;
    for (unsigned b = 0; s->bodies() && b < s->bodies()->size(); ++b)
      end += s->bodies()->Get(b);
    if (end > i + 1)
      bodies.push_back(end);
  }
}

void printVariant(const fb::Variant &v, const Flags &flags, const Names &names) {
  inspect::Memory memory = inspect::memoryOf(v);
  inspect::Launches launches = inspect::launchesOf(v);
  fmt::print("\n{}: {} launches: {} contractions + {} reductions + {} others; {} kernels\n", v.target()->str(),
             launches.total(), launches.contractions, launches.reductions, launches.others, v.kernels()->size());
  fmt::print("  arena {} = {:.3f} times the peak of {} that live{}\n", bytesText(memory.arena), memory.ratio(),
             bytesText(memory.peak), memory.peak ? fmt::format(" at step {}", memory.peakStep) : "");
  printKernels(v);
  if (flags.memory)
    printMemory(v, memory);
  if (flags.plan) {
    fmt::print("  plan:\n");
    printPlan(v, names);
  }
  if (!v.init())
    return;
  uint64_t bytes = 0;
  for (const auto *t : *v.derived())
    bytes += rt::byteSize(t->dtype(), *t->shape());
  fmt::print("  init, once at load: {} launches, arena {}; derives {} weights, {}\n",
             inspect::launchesOf(*v.init()).total(), bytesText(v.init()->arena_bytes()), v.derived()->size(),
             bytesText(bytes));
  if (flags.plan) {
    printKernels(*v.init());
    printPlan(*v.init(), names);
  }
}

/// The CUDA text of a kernel, or of all.
void printText(const rt::Program &program, const fb::Variant &v, const std::string &kernel) {
  uint32_t unit = UINT32_MAX;
  for (const auto *k : *v.kernels())
    if (k->name()->str() == kernel)
      unit = k->unit();
  if (!kernel.empty() && unit == UINT32_MAX)
    throw Failure(BadInput,
                  fmt::format("{}: variant {} has no kernel '{}'", program.path(), v.target()->str(), kernel));
  bool any = false;
  for (const auto *c : *v.codes()) {
    if (c->kind() != fb::CodeKind::CudaText || (unit != UINT32_MAX && c->unit() != unit))
      continue;
    const rt::SectionView *section = program.section(c->section()->string_view());
    std::string_view text(section->data, section->size);
    size_t begin = 0, end = text.size();
    // One kernel: from the comment above it to the brace that closes it in the first column.
    if (size_t at = kernel.empty() ? text.npos : text.find(" " + kernel + "("); at != text.npos) {
      begin = text.rfind("\n\n", at) == text.npos ? 0 : text.rfind("\n\n", at) + 2;
      size_t close = text.find("\n}\n", at);
      end = close == text.npos ? text.size() : close + 3;
    }
    fmt::print("{}", text.substr(begin, end - begin));
    any = true;
  }
  if (!any)
    throw Failure(BadInput, fmt::format("{}: variant {} carries no CUDA text", program.path(), v.target()->str()));
}

int inspectModel(const Flags &flags) {
  auto model = loadModel(flags.file);
  Json inputs = Json::array(), outputs = Json::array(), weights = Json::array();
  for (const driver::Port &p : model->inputs())
    inputs.push_back(toJson(p));
  for (const driver::Port &p : model->outputs())
    outputs.push_back(toJson(p));
  for (const driver::Parameter &p : model->parameters())
    weights.push_back(
        {{"name", p.name}, {"dtype", exe::name(p.dtype)}, {"shape", p.shape}, {"by_rule", p.data == nullptr}});
  if (flags.json) {
    fmt::print("{}\n", Json{{"name", model->name()},
                            {"inputs", inputs},
                            {"outputs", outputs},
                            {"weights", weights},
                            {"operators", model->operators()}}
                           .dump());
    return Done;
  }
  fmt::print("{}\n", flags.file);
  for (const driver::Port &p : model->inputs())
    fmt::print("  input   {}\n", driver::describe(p));
  for (const driver::Port &p : model->outputs())
    fmt::print("  output  {}\n", driver::describe(p));
  for (const driver::Parameter &p : model->parameters())
    fmt::print("  weight  {}: {}{}\n", p.name, data::describe(p.dtype, p.shape), p.data ? "" : "  (made by a rule)");
  for (auto &[name, count] : model->operators())
    fmt::print("  {:>5}x  {}\n", count, name);
  return Done;
}

/// SHA-256 of a file's bytes, as sha256sum prints it.
int printHash(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  data::Sha256 hash;
  std::vector<char> chunk(1 << 20);
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0)
    hash.add(chunk.data(), static_cast<size_t>(file.gcount()));
  if (!file.eof())
    throw Failure(BadInput, path + ": cannot be read");
  fmt::print("{}  {}\n", hash.finish(), path);
  return Done;
}

int writePage(const Flags &flags, const rt::Program &program) {
  std::string html = inspect::page(program, std::filesystem::path(flags.file).filename().string(), flags.variant);
  if (flags.html == "-") {
    fmt::print("{}", html);
    return Done;
  }
  std::ofstream file(flags.html, std::ios::binary);
  file << html;
  file.close();
  if (!file)
    throw Failure(BadInput, flags.html + ": cannot be written");
  return Done;
}

int show(const Flags &flags) {
  if (flags.hash)
    return printHash(flags.file);
  if (!isExecutable(flags.file)) {
    if (!flags.html.empty())
      throw Failure(Usage,
                    flags.file + ": --html shows a .dlx: compile the model first (dlc compile MODEL -o FILE.dlx)");
    return inspectModel(flags);
  }
  std::shared_ptr<const rt::Program> program;
  rt::Status status = rt::Program::fromFile(flags.file.c_str(), {}, program);
  require(status.release());
  const fb::Program &table = program->table();
  if (!flags.variant.empty() && std::none_of(table.variants()->begin(), table.variants()->end(),
                                             [&](const auto *v) { return v->target()->str() == flags.variant; }))
    throw Failure(BadInput, fmt::format("{}: there is no variant {}", flags.file, flags.variant));
  if (!flags.html.empty())
    return writePage(flags, *program);

  if (flags.text || !flags.kernel.empty()) {
    for (const auto *v : *table.variants())
      if (flags.variant.empty() ? v->target()->string_view().starts_with("cuda")
                                : v->target()->str() == flags.variant) {
        printText(*program, *v, flags.kernel);
        return Done;
      }
    throw Failure(BadInput,
                  fmt::format("{}: no CUDA variant{}", flags.file, flags.variant.empty() ? "" : " " + flags.variant));
  }
  Names names = symbolNames(table);
  if (flags.json) {
    Json symbols = Json::array();
    for (size_t i = 0; i < names.size(); ++i) {
      const fb::Symbol &symbol = *table.symbols()->Get(static_cast<unsigned>(i));
      symbols.push_back(
          {{"name", names[i]}, {"low", symbol.low()}, {"high", symbol.high()}, {"origin", originOf(table, symbol)}});
    }
    Json variants = Json::array();
    for (const auto *v : *table.variants())
      variants.push_back(variantToJson(*v, names));
    Json sections = Json::array();
    for (const auto &s : program->sections())
      sections.push_back({{"name", s.name}, {"bytes", s.size}, {"checksum", fmt::format("{:016x}", s.checksum)}});
    fmt::print("{}\n", Json{{"name", table.name()->str()},
                            {"producer", table.producer()->str()},
                            {"bytes", program->fileSize()},
                            {"symbols", symbols},
                            {"inputs", tensors(*table.inputs(), names)},
                            {"outputs", tensors(*table.outputs(), names)},
                            {"weights", tensors(*table.weights())},
                            {"variants", variants},
                            {"sections", sections}}
                           .dump());
    return Done;
  }
  fmt::print("{}: {}, {}, made by {}\n", flags.file, table.name()->str(),
             humanBytes(static_cast<double>(program->fileSize())), table.producer()->str());
  for (size_t i = 0; i < names.size(); ++i) {
    const fb::Symbol &symbol = *table.symbols()->Get(static_cast<unsigned>(i));
    fmt::print("  symbol  {}: {} to {}, {}\n", names[i], symbol.low(), symbol.high(), originOf(table, symbol));
  }
  for (const auto *t : *table.inputs())
    fmt::print("  input   {}: {}\n", t->name()->str(), typeOf(*t, names));
  for (const auto *t : *table.outputs())
    fmt::print("  output  {}: {}\n", t->name()->str(), typeOf(*t, names));
  for (const auto *t : *table.weights())
    fmt::print("  {}  {}: {}\n", t->role() == fb::Role::State ? "state " : "weight", t->name()->str(), typeOf(*t));
  for (const auto *v : *table.variants())
    if (flags.variant.empty() || v->target()->str() == flags.variant)
      printVariant(*v, flags, names);
  return Done;
}
} // namespace

Verb addInspect(CLI::App &root) {
  auto *app =
      root.add_subcommand("inspect", "Show what is in an executable or a model: signature, kernels, plan, CUDA text");
  auto flags = std::make_shared<Flags>();
  app->add_option("FILE", flags->file, "A .dlx, or a model (.onnx, .dlm, .mlir)")->required();
  app->add_flag("--plan", flags->plan, "Also the steps in order, with the tensors that they read and write");
  app->add_flag("--memory", flags->memory, "Also the arena over time: what lives at each step, and where");
  app->add_option("--html", flags->html, "Write all of it to one page that needs nothing else; - for standard output")
      ->type_name("FILE");
  app->add_flag("--hash", flags->hash,
                "Print the SHA-256 of the file's bytes instead: equal programs have equal bytes");
  app->add_flag("--text", flags->text, "Print the CUDA text of all kernels instead");
  app->add_option("--kernel", flags->kernel, "Print the CUDA text of this kernel instead")->type_name("NAME");
  app->add_option("--variant", flags->variant, "Only this variant, as in cuda:base")->type_name("TARGET");
  app->add_flag("--json", flags->json, "All of it as JSON");
  app->footer("Examples:\n"
              "  dlc inspect mlp.dlx --plan\n"
              "  dlc inspect mlp.dlx --memory --html mlp.html\n"
              "  dlc inspect mlp.dlx --kernel fc1_relu_0\n"
              "  dlc inspect mlp.dlx --json | jq '.variants[].kernels[] | {name, sources}'");
  return {app, [flags] { return show(*flags); }};
}
} // namespace dlc::cli
