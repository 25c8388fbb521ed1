#include "codegen/cuda/Override.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;

namespace dlc::cuda {
namespace {

/// Words and single characters; comments and preprocessor lines are left out.
SmallVector<StringRef> tokens(StringRef text) {
  SmallVector<StringRef> list;
  for (bool lineStart = true; !text.empty();) {
    if (text.consume_front("//") || (lineStart && text.consume_front("#"))) {
      text = text.drop_until([](char c) { return c == '\n'; });
    } else if (text.consume_front("/*")) {
      text = text.substr(std::min(text.size(), text.find("*/") == StringRef::npos ? text.size() : text.find("*/") + 2));
    } else if (llvm::isSpace(text[0])) {
      lineStart |= text[0] == '\n';
      text = text.drop_front();
      continue;
    } else {
      auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
      StringRef word = isWord(text[0]) ? text.take_while(isWord) : text.take_front();
      list.push_back(word);
      text = text.drop_front(word.size());
    }
    lineStart = false;
  }
  return list;
}

/// The device library's name of a C type.
StringRef canonical(StringRef type) {
  return llvm::StringSwitch<StringRef>(type)
      .Case("float", "f32")
      .Case("double", "f64")
      .Case("int", "i32")
      .Case("short", "i16")
      .Case("uint32_t", "u32")
      .Case("int32_t", "i32")
      .Case("int64_t", "i64")
      .Case("uint64_t", "u64")
      .Case("uint8_t", "u8")
      .Default(type);
}

void addParameter(Declaration &to, ArrayRef<StringRef> words) {
  SmallVector<StringRef> type;
  bool restricts = false;
  for (StringRef word : words)
    if (word == "__restrict__" || word == "__restrict")
      restricts = true;
    else
      type.push_back(canonical(word));
  if (type.size() > 1 && (llvm::isAlpha(type.back()[0]) || type.back()[0] == '_'))
    type.pop_back(); // its name
  std::string text;
  for (StringRef word : type)
    text += (text.empty() || text.back() == '*' ? "" : " ") + word.str();
  to.parameters.push_back(text);
  to.restricts.push_back(restricts);
}

FailureOr<std::string> readText(ModuleOp module, StringRef file) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer)
    return module.emitError() << file << ": cannot be read: " << buffer.getError().message();
  return (*buffer)->getBuffer().str();
}

/// What a kernel by hand must have to be launched in place of the emitted one.
LogicalResult check(ModuleOp module, const CudaKernel &kernel, StringRef text, StringRef file) {
  auto wanted = findDeclaration(kernel.text, kernel.name), found = findDeclaration(text, kernel.name);
  auto fail = [&] { return module.emitError() << file << ": kernel '" << kernel.name << "': "; };
  if (!found)
    return fail() << "not found; expected extern \"C\" __global__ void " << kernel.name << "("
                  << llvm::join(wanted->parameters, ", ") << ")";
  if (!StringRef(text).contains("extern \"C\""))
    return fail() << "its name is C++; expected extern \"C\" before __global__";
  if (found->parameters.size() != wanted->parameters.size())
    return fail() << found->parameters.size() << " parameters, expected " << wanted->parameters.size() << ": "
                  << llvm::join(wanted->parameters, ", ");
  for (size_t i = 0; i < wanted->parameters.size(); ++i) {
    if (found->parameters[i] != wanted->parameters[i])
      return fail() << "parameter " << i << " is '" << found->parameters[i] << "', expected '" << wanted->parameters[i]
                    << "'";
    if (found->restricts[i] && !wanted->restricts[i])
      return fail() << "parameter " << i << " is __restrict__, but its memory may be another parameter's";
  }
  int64_t threads = kernel.block[0] * kernel.block[1] * kernel.block[2];
  if (found->launchBound && found->launchBound < threads)
    return fail() << "__launch_bounds__(" << found->launchBound << "), but it is launched with " << threads
                  << " threads";
  return success();
}

std::string names(const CudaCode &code) {
  std::string list;
  for (const CudaKernel &kernel : code.kernels)
    list += (list.empty() ? "" : ", ") + kernel.name;
  return list;
}

/// Puts `text` in place of the kernels that it defines: of the unit `name`, or of one kernel.
LogicalResult replace(ModuleOp module, CudaCode &code, StringRef name, const std::string &text, StringRef file) {
  SmallVector<CudaKernel *> wanted, rest;
  int unit = -1;
  for (auto [i, each] : llvm::enumerate(code.units))
    if (each.name == name)
      unit = int(i);
  for (CudaKernel &kernel : code.kernels)
    if (kernel.name == name && unit < 0)
      unit = int(kernel.unit);
  if (unit < 0)
    return module.emitError() << file << ": there is no kernel '" << name << "' in this program; its kernels are "
                              << names(code);
  bool alone = llvm::none_of(code.kernels, [&](const CudaKernel &kernel) { return kernel.name == name; });
  for (CudaKernel &kernel : code.kernels) {
    if (int(kernel.unit) != unit)
      continue;
    bool replaced = alone || kernel.name == name || findDeclaration(text, kernel.name);
    (replaced ? wanted : rest).push_back(&kernel);
  }
  for (CudaKernel *kernel : wanted)
    if (failed(check(module, *kernel, text, file)))
      return failure();
  if (rest.empty()) {
    code.units[unit].text = text;
    code.units[unit].byHand = true;
    return success();
  }
  if (code.units[unit].byHand)
    return module.emitError() << file << ": kernel '" << name << "' is in " << code.units[unit].name
                              << ".cu, which is taken from elsewhere, too; change it there";
  if (code.units[unit].name == name)
    code.units[unit].name = rest.front()->name;
  code.units[unit].text = code.units[unit].head;
  for (CudaKernel *kernel : rest)
    code.units[unit].text += kernel->text;
  for (CudaKernel *kernel : wanted)
    kernel->unit = unsigned(code.units.size());
  code.units.push_back({name.str(), "", text, {}, true});
  return success();
}
} // namespace

std::optional<Declaration> findDeclaration(StringRef text, StringRef kernel) {
  SmallVector<StringRef> words = tokens(text);
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    if (words[i] != kernel || words[i + 1] != "(")
      continue;
    size_t begin = i;
    while (begin > 0 && words[begin - 1] != ";" && words[begin - 1] != "}" && words[begin - 1] != "{")
      --begin;
    ArrayRef<StringRef> before = ArrayRef(words).slice(begin, i - begin);
    if (!llvm::is_contained(before, "__global__"))
      continue;
    Declaration found;
    for (size_t at = 0; at + 2 < before.size(); ++at)
      if (before[at] == "__launch_bounds__")
        before[at + 2].getAsInteger(10, found.launchBound);
    SmallVector<StringRef> parameter;
    int depth = 0;
    for (size_t at = i + 2; at < words.size(); ++at) {
      StringRef word = words[at];
      if (depth == 0 && (word == "," || word == ")")) {
        if (!parameter.empty())
          addParameter(found, parameter);
        parameter.clear();
        if (word == ")")
          return found;
        continue;
      }
      depth += word == "(" || word == "<" ? 1 : word == ")" || word == ">" ? -1 : 0;
      parameter.push_back(word);
    }
  }
  return std::nullopt;
}

LogicalResult applyOverrides(ModuleOp module, CudaCode &code, const CudaOverrides &overrides) {
  for (const std::string &folder : overrides.folders) {
    bool some = false;
    SmallVector<std::string> candidates;
    for (CudaUnit &unit : code.units)
      candidates.push_back(unit.name);
    for (CudaKernel &kernel : code.kernels)
      if (!llvm::is_contained(candidates, kernel.name))
        candidates.push_back(kernel.name);
    for (const std::string &name : candidates) {
      std::string file = folder + "/" + name + ".cu";
      if (!llvm::sys::fs::exists(file))
        continue;
      some = true;
      auto text = readText(module, file);
      if (failed(text) || failed(replace(module, code, name, *text, file)))
        return failure();
    }
    for (NvrtcHeader &header : code.headers) {
      std::string file = folder + "/" + header.name;
      if (!llvm::sys::fs::exists(file))
        continue;
      some = true;
      auto text = readText(module, file);
      if (failed(text))
        return failure();
      header.text = *text;
    }
    if (!some)
      return module.emitError() << folder << ": holds none of this program's kernels ("
                                << llvm::join(llvm::map_range(candidates, [](auto &name) { return name + ".cu"; }),
                                              ", ")
                                << "); dump them there first";
  }
  for (auto &[name, file] : overrides.kernels) {
    auto text = readText(module, file);
    if (failed(text) || failed(replace(module, code, name, *text, file)))
      return failure();
  }
  return success();
}

} // namespace dlc::cuda
