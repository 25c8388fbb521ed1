// PTX as parsed: names are resolved (registers, variables and labels to indices), nothing is lowered. Text is referred
// to as views into Module::text.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gpusim::ptx {

enum class Type : uint8_t {
  None,
  Pred,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F64,
  E4M3x2,
  E5M2x2,
  E4M3,
  E5M2
};
/// None where `name` ("u32") is no type.
Type typeFromName(std::string_view name);
std::string_view nameOf(Type);
/// Bits of a value; 1 for predicates, 0 for None.
uint32_t bitsOf(Type);
constexpr bool isSigned(Type t) { return t >= Type::S8 && t <= Type::S64; }
constexpr bool isFloat(Type t) { return t >= Type::F16; }

enum class StateSpace : uint8_t { None, Reg, Global, Const, Shared, Local, Param };

/// Where an instruction came from: .loc. Line 0: unknown.
struct Location {
  uint32_t file = 0, line = 0, column = 0;
  int32_t inlinedAt = -1; // index into Module::locations of the call that was inlined
};

/// A variable of any space but .reg.
struct Variable {
  std::string_view name;
  StateSpace space = StateSpace::None;
  Type type = Type::B8;
  uint64_t size = 0; // bytes; 0 for an extern array without bounds (dynamic shared memory)
  uint32_t align = 1;
  bool isExtern = false;
  std::string initial; // bytes; shorter than `size`: zeros follow
  struct Relocation {
    uint64_t offset;       // in `initial`
    std::string_view name; // module variable whose address goes there
    int64_t addend;
    bool generic;
  };
  std::vector<Relocation> relocations;
};

struct Register {
  std::string_view name;
  Type type = Type::B32;
};

enum class OperandKind : uint8_t {
  None,
  Register, // reg
  Sink,     // _
  Integer,  // value
  Float,    // value: the bits; type F32 or F64
  Special,  // text: "%tid.x"
  Variable, // variable (+ value): its address
  Address, // [base + value]: base in `parts[0]` (Register, Variable or Integer); further parts: coordinates of a tensor
  Vector,  // {parts}
  Pair,    // p|q: parts[0], parts[1]
  Label,   // label
  Table,   // label: index into Function::tables
  Function,  // text: a function's name
  Arguments, // ( ... ) of a call: parts
  Opaque     // text: what only one instruction understands
};

struct Operand;
/// An operand past the end is one of kind None, which no decoder takes: families need not count before they look.
struct Operands : std::vector<Operand> {
  using std::vector<Operand>::vector;
  using std::vector<Operand>::operator[];
  const Operand &operator[](size_t i) const;
};

struct Operand {
  OperandKind kind = OperandKind::None;
  Type type = Type::None; // Register: as declared; Float: of the literal
  bool negated = false;   // !p
  uint32_t reg = 0;       // index into Function::registers
  int32_t variable = -1;  // >= 0: Function::variables; < -1: Module::variables[-2 - variable]
  uint32_t label = 0;     // index into Function::labels
  int64_t value = 0;
  std::string_view text;
  Operands parts;

  bool isRegister() const { return kind == OperandKind::Register; }
  bool isImmediate() const { return kind == OperandKind::Integer || kind == OperandKind::Float; }
};

inline const Operand &Operands::operator[](size_t i) const {
  static const Operand none;
  return i < size() ? data()[i] : none;
}

struct Instruction {
  std::string_view opcode;                 // "ld"
  std::vector<std::string_view> modifiers; // "global", "nc", "v4", "f32"
  Operands operands;
  Operand guard; // kind None: unconditional
  uint32_t line = 0;
  uint32_t location = 0; // index into Module::locations; 0: none

  bool has(std::string_view modifier) const {
    for (std::string_view m : modifiers)
      if (m == modifier)
        return true;
    return false;
  }
  /// The modifier in place `i`, counted from the end if negative; "" beyond.
  std::string_view modifier(int i) const {
    int n = int(modifiers.size()), at = i < 0 ? n + i : i;
    return at >= 0 && at < n ? modifiers[size_t(at)] : std::string_view();
  }
  /// The last modifier as a type, which for most instructions is the type.
  Type type() const { return typeFromName(modifier(-1)); }
  /// The n-th modifier that is a type (mma has four, cvt two).
  Type type(int n) const {
    for (std::string_view m : modifiers)
      if (Type t = typeFromName(m); t != Type::None && n-- == 0)
        return t;
    return Type::None;
  }
  /// "ld.global.nc.v4.f32"
  std::string name() const;
};

struct Label {
  std::string_view name;
  uint32_t target = 0; // index of the instruction that it stands before (== instructions.size() at the end)
};
/// .branchtargets
struct BranchTable {
  std::string_view name;
  std::vector<uint32_t> labels;
};

struct Function {
  std::string_view name;
  bool isEntry = false, isDeclaration = false;
  std::vector<uint32_t> params, results; // indices into `variables` (space Param) or, for .reg ones, see regParams
  std::vector<Register> registers;
  std::vector<Variable> variables; // parameters first, then those declared in the body
  std::vector<Instruction> instructions;
  std::vector<Label> labels;
  std::vector<BranchTable> tables;
  uint32_t maxThreads[3] = {0, 0, 0}, cluster[3] = {1, 1, 1}, minBlocks = 0, maxRegisters = 0;
  bool requiredThreads = false; // .reqntid
  uint32_t line = 0;
};

struct Module {
  std::string text;
  std::string_view version, target;
  std::vector<std::string> files; // .file, by its number
  std::vector<Location> locations{Location()};
  std::vector<Variable> variables;
  std::vector<std::unique_ptr<Function>> functions;

  const Function *function(std::string_view name) const; // a definition before a declaration
  int find(std::string_view variable) const;             // -1: none
  std::string_view line(uint32_t number) const;          // of `text`, from 1
};

/// Null: `error` begins "line N: ".
std::unique_ptr<Module> parse(std::string_view text, std::string &error);

} // namespace gpusim::ptx
