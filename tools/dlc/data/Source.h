// Data to train on, whatever file it comes from: samples, each with a value for every named column.
#pragma once
#include "tools/dlc/data/Tensor.h"
#include <map>
#include <memory>
#include <optional>

namespace dlc::data {

/// One value of every sample.
struct Column {
  std::string name;
  DType dtype = DType::F32;
  Shape shape;         ///< of one sample; {} is a number
  int64_t classes = 0; ///< of integers that number classes: all lie in [0, classes); 0: they number nothing
  /// What a float input of a model is fed: (x - mean) / deviation, one of each or one for each of shape[0] planes.
  std::vector<double> mean = {}, deviation = {};
  std::vector<std::string> classNames = {};

  int64_t elements() const;
  size_t bytes() const { return static_cast<size_t>(elements()) * exe::bitWidth(dtype) / 8; }
};

/// A set of samples. Any number of threads may read.
class Source {
public:
  virtual ~Source() = default;
  virtual const std::vector<Column> &columns() const = 0;
  virtual int64_t count() const = 0;
  /// Writes columns()[column].bytes() bytes. Throws Error, which names file and row.
  virtual void read(int64_t sample, size_t column, std::byte *to) const = 0;
  /// The same where it lies in memory; null where read() has to make it.
  virtual const std::byte *inMemory(int64_t, size_t) const { return nullptr; }
  /// "train.csv, row 17"
  virtual std::string where(int64_t sample) const = 0;
  /// What one epoch sees in place of this, where that is drawn anew for each:
  /// the same for the same seed and epoch. `used`: only samples below are asked
  /// for, and nothing of the others is handed out. Null: this.
  virtual std::shared_ptr<const Source> atEpoch(uint64_t, uint64_t, int64_t) const { return nullptr; }

  std::optional<size_t> find(const std::string &name) const;
  /// The column named "labels", else the last one that numbers classes.
  std::optional<size_t> labels() const;
};
using SourcePtr = std::shared_ptr<const Source>;

/// Columns as tensors [n, ...] in memory, one row a sample.
class MemorySource : public Source {
public:
  /// `where` + a row's number is what errors say: "train.csv, row ". Throws Error where the tensors' first dimensions
  /// differ. `firstRow`: the number of the first sample there.
  MemorySource(std::vector<Column>, std::vector<Tensor>, std::string where, int64_t firstRow = 0);
  const std::vector<Column> &columns() const override { return columnList; }
  int64_t count() const override { return samples; }
  void read(int64_t sample, size_t column, std::byte *to) const override;
  const std::byte *inMemory(int64_t sample, size_t column) const override {
    return tensors[column].bytes.data() + static_cast<size_t>(sample) * strides[column];
  }
  std::string where(int64_t sample) const override { return place + std::to_string(sample + first); }

private:
  std::vector<Column> columnList;
  std::vector<Tensor> tensors;
  std::vector<size_t> strides;
  std::string place;
  int64_t samples = 0, first;
};

/// Some samples of another source, in the order of `samples`.
class SubsetSource : public Source {
public:
  SubsetSource(SourcePtr whole, std::vector<uint32_t> samples) : whole(std::move(whole)), samples(std::move(samples)) {}
  const std::vector<Column> &columns() const override { return whole->columns(); }
  int64_t count() const override { return static_cast<int64_t>(samples.size()); }
  void read(int64_t i, size_t column, std::byte *to) const override { whole->read(samples[i], column, to); }
  const std::byte *inMemory(int64_t i, size_t column) const override { return whole->inMemory(samples[i], column); }
  std::string where(int64_t i) const override { return whole->where(samples[i]); }
  SourcePtr atEpoch(uint64_t seed, uint64_t epoch, int64_t used) const override;

private:
  SourcePtr whole;
  std::vector<uint32_t> samples;
};

/// What is trained on and what it is measured by.
struct DataSet {
  SourcePtr train, evaluation;  ///< evaluation: null where the data has no part of its own for it
  std::string unit = "samples"; ///< what people count: "images", "bytes"
  int64_t perSample = 1;        ///< of the unit
  bool ordered = false;         ///< neighbours belong together: what is held back is the end
};

/// "KIND:PATH,key=value"
struct DataArgument {
  std::string kind, path;
  std::map<std::string, std::string> options;
};
/// The kinds with their keys, a line each.
std::string describeData();
/// Throws Error, which says which kinds there are.
DataArgument parseData(const std::string &argument);
/// Reads a data set. Throws Error, which names file and row.
DataSet openData(const DataArgument &);

/// Holds a part of the samples back as evaluation, instead of what was there: drawn by seed, or the end where they are
/// ordered. Throws Error where either part would be empty.
void holdBack(DataSet &, double fraction, uint64_t seed);

/// Numbers at random that depend on seed, epoch and sample (from 1; 0: none)
/// alone.
class Draws {
public:
  Draws(uint64_t seed, uint64_t epoch, uint64_t sample = 0);
  /// From 0 to limit - 1.
  uint64_t below(uint64_t limit);

private:
  uint64_t state;
};

/// A permutation of 0..n-1 that depends on seed and epoch alone.
std::vector<uint32_t> shuffled(int64_t n, uint64_t seed, uint64_t epoch);

/// to[i] = from[i] * scale + shift
void scaleBytes(const uint8_t *from, float *to, int64_t n, float scale, float shift);
} // namespace dlc::data
