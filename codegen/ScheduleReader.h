// The attribute dlc.schedule of a kernel: what was chosen for it, which people edit in dumps. A value that cannot be is
// an error at the kernel, never a surprise in the code.
#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

namespace dlc {

inline constexpr llvm::StringLiteral scheduleAttrName = "dlc.schedule";

/// Entries of a schedule in the order in which they are set; the attribute sorts them.
class ScheduleWriter {
public:
  explicit ScheduleWriter(mlir::MLIRContext *context) : b(context) {}
  ScheduleWriter &set(llvm::StringRef name, int64_t value) { return set(name, b.getI64IntegerAttr(value)); }
  ScheduleWriter &set(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
    return set(name, b.getDenseI64ArrayAttr(values));
  }
  ScheduleWriter &word(llvm::StringRef name, llvm::StringRef value) { return set(name, b.getStringAttr(value)); }
  mlir::DictionaryAttr get() const { return list.getDictionary(b.getContext()); }

private:
  mlir::Builder b;
  mlir::NamedAttrList list;
  ScheduleWriter &set(llvm::StringRef name, mlir::Attribute value) {
    list.set(name, value);
    return *this;
  }
};

/// Reads what is there over what was chosen. After the last read, `finish` fails if anything was wrong or unknown.
class ScheduleReader {
public:
  explicit ScheduleReader(mlir::func::FuncOp kernel)
      : kernel(kernel), attr(kernel->getAttrOfType<mlir::DictionaryAttr>(scheduleAttrName)) {}

  bool given() const { return bool(attr); }
  bool has(llvm::StringRef name) const { return attr && attr.contains(name); }
  void integer(llvm::StringRef name, int64_t &value) {
    if (mlir::Attribute entry = take(name)) {
      if (auto number = mlir::dyn_cast<mlir::IntegerAttr>(entry))
        value = number.getInt();
      else
        expect(false, name, "an integer");
    }
  }
  /// Exactly `values.size()` integers.
  void integers(llvm::StringRef name, llvm::MutableArrayRef<int64_t> values) {
    llvm::SmallVector<int64_t> read(values);
    list(name, read);
    if (expect(read.size() == values.size(), name, llvm::Twine(values.size()) + " integers"))
      llvm::copy(read, values.begin());
  }
  void list(llvm::StringRef name, llvm::SmallVectorImpl<int64_t> &values) {
    if (mlir::Attribute entry = take(name)) {
      if (auto array = mlir::dyn_cast<mlir::DenseI64ArrayAttr>(entry))
        values.assign(array.asArrayRef().begin(), array.asArrayRef().end());
      else
        expect(false, name, "array<i64: ...>");
    }
  }
  /// One of `known`, which `value` is already.
  void word(llvm::StringRef name, std::string &value, llvm::ArrayRef<llvm::StringRef> known) {
    if (mlir::Attribute entry = take(name)) {
      auto text = mlir::dyn_cast<mlir::StringAttr>(entry);
      if (expect(text && llvm::is_contained(known, text.getValue()), name, "one of " + llvm::join(known, ", ")))
        value = text.getValue().str();
    }
  }

  /// "kernel 'dot_0': schedule: stages = 2, expected at least 3".
  bool expect(bool good, llvm::StringRef name, const llvm::Twine &expected) {
    if (good)
      return true;
    auto error = kernel.emitError("kernel '") << kernel.getName() << "': schedule: " << name;
    if (has(name))
      error << " = " << attr.get(name);
    error << ", expected " << expected;
    failed = true;
    return false;
  }

  mlir::LogicalResult finish() {
    std::string known = llvm::join(asked, ", ");
    if (attr && !failed)
      for (mlir::NamedAttribute entry : attr)
        if (!llvm::is_contained(asked, entry.getName().getValue()))
          expect(false, entry.getName().getValue(), "one of " + known);
    return mlir::failure(failed);
  }

private:
  mlir::func::FuncOp kernel;
  mlir::DictionaryAttr attr;
  llvm::SmallVector<std::string> asked;
  bool failed = false;

  mlir::Attribute take(llvm::StringRef name) {
    if (!llvm::is_contained(asked, name))
      asked.push_back(name.str());
    return attr ? attr.get(name) : mlir::Attribute();
  }
};

} // namespace dlc
