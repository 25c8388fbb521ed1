#include "tools/gpusim/ptx/Module.h"

#include <array>

namespace gpusim::ptx {

namespace {
struct TypeInfo {
  Type type;
  std::string_view name;
  uint32_t bits;
};
constexpr std::array<TypeInfo, 26> Types{
    {{Type::None, "", 0},        {Type::Pred, "pred", 1},  {Type::B8, "b8", 8},          {Type::B16, "b16", 16},
     {Type::B32, "b32", 32},     {Type::B64, "b64", 64},   {Type::B128, "b128", 128},    {Type::U8, "u8", 8},
     {Type::U16, "u16", 16},     {Type::U32, "u32", 32},   {Type::U64, "u64", 64},       {Type::S8, "s8", 8},
     {Type::S16, "s16", 16},     {Type::S32, "s32", 32},   {Type::S64, "s64", 64},       {Type::F16, "f16", 16},
     {Type::F16x2, "f16x2", 32}, {Type::BF16, "bf16", 16}, {Type::BF16x2, "bf16x2", 32}, {Type::TF32, "tf32", 32},
     {Type::F32, "f32", 32},     {Type::F64, "f64", 64},   {Type::E4M3x2, "e4m3x2", 16}, {Type::E5M2x2, "e5m2x2", 16},
     {Type::E4M3, "e4m3", 8},    {Type::E5M2, "e5m2", 8}}};
} // namespace

Type typeFromName(std::string_view name) {
  if (name.size() < 2)
    return Type::None;
  for (const TypeInfo &t : Types)
    if (t.name == name)
      return t.type;
  return Type::None;
}
std::string_view nameOf(Type t) { return Types[size_t(t)].name; }
uint32_t bitsOf(Type t) { return Types[size_t(t)].bits; }

std::string Instruction::name() const {
  std::string s(opcode);
  for (std::string_view m : modifiers)
    s.append(1, '.').append(m);
  return s;
}

const Function *Module::function(std::string_view name) const {
  const Function *declared = nullptr;
  for (const auto &f : functions)
    if (f->name == name) {
      if (!f->isDeclaration)
        return f.get();
      declared = f.get();
    }
  return declared;
}

int Module::find(std::string_view name) const {
  for (size_t i = 0; i < variables.size(); ++i)
    if (variables[i].name == name)
      return int(i);
  return -1;
}

std::string_view Module::line(uint32_t number) const {
  std::string_view rest = text;
  for (uint32_t i = 1; i < number; ++i) {
    size_t at = rest.find('\n');
    if (at == std::string_view::npos)
      return {};
    rest.remove_prefix(at + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  while (!rest.empty() && (rest.front() == '\t' || rest.front() == ' '))
    rest.remove_prefix(1);
  while (!rest.empty() && (rest.back() == '\r' || rest.back() == ' '))
    rest.remove_suffix(1);
  return rest;
}

} // namespace gpusim::ptx
