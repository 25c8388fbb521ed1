// The kinds of data that `--data KIND:PATH,key=value` reads, each in a file of its own.
#pragma once
#include "tools/dlc/data/Source.h"
#include <functional>

namespace dlc::data {

/// Each reads a data set and throws Error, which names file and row.
DataSet openNpy(const DataArgument &);    ///< arrays, a file each
DataSet openNpz(const DataArgument &);    ///< arrays in one file
DataSet openCsv(const DataArgument &);    ///< rows of numbers
DataSet openImages(const DataArgument &); ///< PNG and JPEG files in a folder for each class
DataSet openText(const DataArgument &);   ///< bytes, and the bytes behind them
DataSet openWav(const DataArgument &);    ///< sound in a folder for each class

/// The value of a key as a whole number from `low` to `high`. Throws Error.
int64_t numberOption(const DataArgument &, const std::string &key, int64_t otherwise, int64_t low, int64_t high);
std::string option(const DataArgument &, const std::string &key, const std::string &otherwise = "");

/// Columns of tensors [n, ...]: floats are searched for NaN. `labels`: the column that numbers classes where it
/// holds integers from 0, one a sample; "" none. Throws Error.
SourcePtr tableOf(std::vector<std::string> names, std::vector<Tensor>, const std::string &labels,
                  const std::string &where, int64_t firstRow = 0);

/// Labels [samples, length] of whole numbers as the loss for sequences takes them: -1 behind each text, and before it,
/// where they are given, its times. `row`: what errors call a sample. Throws Error.
Tensor sequences(const Tensor &labels, const Tensor *lengths, const Tensor *times, const std::string &path,
                 const std::function<std::string(int64_t)> &row);

/// A file of a class folder, and its class.
struct ClassFile {
  std::string path;
  int64_t label;
};
/// FOLDER/CLASS/FILE, or FOLDER/train/CLASS/FILE with test, val, valid or validation beside train. Classes are numbered
/// in the order of their names.
struct ClassFolders {
  std::vector<std::string> classes;
  std::vector<ClassFile> train, evaluation;
};
ClassFolders listClasses(const std::string &folder, const std::function<bool(const std::string &ending)> &taken,
                         const std::string &what);

/// A label for each file beside one value that read() makes.
class FileSource : public Source {
public:
  FileSource(Column value, const std::vector<std::string> &classes, std::vector<ClassFile> files);
  const std::vector<Column> &columns() const override { return columnList; }
  int64_t count() const override { return static_cast<int64_t>(files.size()); }
  void read(int64_t sample, size_t column, std::byte *to) const override;
  std::string where(int64_t sample) const override { return files[static_cast<size_t>(sample)].path; }
  /// Decodes every file on as many threads as there are. Throws the error of the first one that is damaged.
  void checkAll() const;

protected:
  virtual void decode(const std::string &path, std::byte *to) const = 0;

private:
  std::vector<Column> columnList;
  std::vector<ClassFile> files;
};
} // namespace dlc::data
