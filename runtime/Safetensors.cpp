#include "runtime/Safetensors.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>
#include <tuple>

namespace dlc::rt {
namespace {

struct Type {
  const char *stored, *name;
  fb::DType dtype;
  uint32_t bytes;
};
constexpr Type types[] = {{"F64", "f64", fb::DType::F64, 8},           {"F32", "f32", fb::DType::F32, 4},
                          {"F16", "f16", fb::DType::F16, 2},           {"BF16", "bf16", fb::DType::BF16, 2},
                          {"I64", "i64", fb::DType::I64, 8},           {"I32", "i32", fb::DType::I32, 4},
                          {"I16", "i16", fb::DType::I16, 2},           {"I8", "i8", fb::DType::I8, 1},
                          {"U64", "u64", fb::DType::U64, 8},           {"U32", "u32", fb::DType::U32, 4},
                          {"U16", "u16", fb::DType::U16, 2},           {"U8", "u8", fb::DType::U8, 1},
                          {"F8_E4M3", "f8e4m3", fb::DType::F8E4M3, 1}, {"F8_E5M2", "f8e5m2", fb::DType::F8E5M2, 1},
                          {"BOOL", "bool", fb::DType::Bool, 1}};
/// The reference implementation's limit.
constexpr uint64_t longestHeader = 100 << 20;
constexpr int deepest = 8;

const Type *typeOf(fb::DType dtype) {
  auto found = std::find_if(std::begin(types), std::end(types), [&](const Type &t) { return t.dtype == dtype; });
  return found == std::end(types) ? nullptr : found;
}

/// Names are the file's; somebody reads the message.
std::string shortened(std::string_view text) { return std::string(text.substr(0, 200)); }

Status damaged(const std::string &where, const std::string &what) {
  return {DLC_BAD_FILE, "no safetensors file, or a damaged one: " + what, where};
}

/// JSON by one pass over it. Values that nobody asks for are passed over, and come back as they stand there.
class Json {
public:
  explicit Json(std::string_view text) : text(text) {}

  bool take(char c) {
    space();
    if (at == text.size() || text[at] != c)
      return false;
    ++at;
    return true;
  }
  bool ends() {
    space();
    return at == text.size();
  }
  bool string(std::string &out);
  bool value(std::string_view &raw, int depth = 0);
  /// `each` is called behind each name and must take the value. False: no object, or `each` said so.
  template <class F> bool object(F &&each) {
    if (!take('{'))
      return false;
    if (take('}'))
      return true;
    std::string name;
    do
      if (!string(name) || !take(':') || !each(name))
        return false;
    while (take(','));
    return take('}');
  }
  template <class F> bool array(F &&each) {
    if (!take('['))
      return false;
    if (take(']'))
      return true;
    do
      if (!each())
        return false;
    while (take(','));
    return take(']');
  }

private:
  void space() {
    while (at != text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t'))
      ++at;
  }
  bool hex(uint32_t &code);
  bool escape(std::string &out);

  std::string_view text;
  size_t at = 0;
};

bool Json::hex(uint32_t &code) {
  code = 0;
  for (int i = 0; i != 4; ++i, ++at) {
    if (at == text.size())
      return false;
    char c = text[at];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0)
      return false;
    code = code * 16 + uint32_t(digit);
  }
  return true;
}

/// What follows a backslash.
bool Json::escape(std::string &out) {
  if (at == text.size())
    return false;
  char c = text[at++];
  constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
  if (size_t i = from.find(c); i != from.npos) {
    out += to[i];
    return true;
  }
  uint32_t code = 0, low = 0;
  if (c != 'u' || !hex(code))
    return false;
  if (code >= 0xd800 && code < 0xe000) { // half of a pair
    if (code >= 0xdc00 || text.substr(at, 2) != "\\u")
      return false;
    at += 2;
    if (!hex(low) || low < 0xdc00 || low >= 0xe000)
      return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  auto part = [&](uint32_t bits) { out += char(bits); };
  if (code < 0x80)
    part(code);
  else if (code < 0x800)
    part(0xc0 | code >> 6), part(0x80 | (code & 63));
  else if (code < 0x10000)
    part(0xe0 | code >> 12), part(0x80 | (code >> 6 & 63)), part(0x80 | (code & 63));
  else
    part(0xf0 | code >> 18), part(0x80 | (code >> 12 & 63)), part(0x80 | (code >> 6 & 63)), part(0x80 | (code & 63));
  return true;
}

bool Json::string(std::string &out) {
  out.clear();
  if (!take('"'))
    return false;
  while (at != text.size()) {
    char c = text[at++];
    if (c == '"')
      return true;
    if (static_cast<unsigned char>(c) < ' ')
      return false;
    if (c != '\\')
      out += c;
    else if (!escape(out))
      return false;
  }
  return false;
}

bool Json::value(std::string_view &raw, int depth) {
  space();
  size_t begin = at;
  auto inner = [&](auto...) {
    std::string_view ignored;
    return value(ignored, depth + 1);
  };
  bool good = false;
  if (depth > deepest || at == text.size()) {
    return false;
  } else if (text[at] == '{') {
    good = object(inner);
  } else if (text[at] == '[') {
    good = array(inner);
  } else if (text[at] == '"') {
    std::string ignored;
    good = string(ignored);
  } else {
    while (at != text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '-' ||
                                 text[at] == '+' || text[at] == '.'))
      ++at;
    std::string_view word = text.substr(begin, at - begin);
    good = word == "true" || word == "false" || word == "null" ||
           (!word.empty() && word.find_first_not_of("0123456789+-.eE") == word.npos);
  }
  raw = text.substr(begin, at - begin);
  return good;
}

/// Counts from 0 to 2^62: JSON's numbers may be fractions, negative or too large.
bool isCount(std::string_view raw, uint64_t &count) {
  count = 0;
  for (char c : raw) {
    if (c < '0' || c > '9' || count >> 58)
      return false;
    count = count * 10 + uint64_t(c - '0');
  }
  return !raw.empty() && count < uint64_t(1) << 62;
}

/// The elements of an array as they stand there; false: it is none.
bool elements(std::string_view raw, std::vector<std::string_view> &list) {
  Json json(raw);
  return json.array([&] {
    list.emplace_back();
    return json.value(list.back());
  });
}

Status parseEntry(const std::string &name, std::string_view raw, uint64_t dataSize, const std::string &where,
                  StoredTensor &out) {
  auto wrong = [&](const std::string &what) { return damaged(where, "tensor '" + shortened(name) + "': " + what); };
  std::string_view dtype, shape, offsets;
  Json json(raw);
  bool isObject = json.object([&](const std::string &key) {
    std::string_view value;
    if (!json.value(value))
      return false;
    (key == "dtype" ? dtype : key == "shape" ? shape : key == "data_offsets" ? offsets : value) = value;
    return true;
  });
  std::vector<std::string_view> dims, ends;
  std::string typeName;
  if (!isObject || !Json(dtype).string(typeName) || !elements(shape, dims) || !elements(offsets, ends) ||
      ends.size() != 2)
    return wrong("expected dtype, shape and two data_offsets");
  auto type = std::find_if(std::begin(types), std::end(types), [&](const Type &t) { return typeName == t.stored; });
  if (type == std::end(types))
    return wrong("of a type that dlc does not read, " + shortened(dtype));
  out.name = name;
  out.dtype = type->dtype;
  unsigned __int128 need = type->bytes;
  for (std::string_view d : dims) {
    uint64_t size = 0;
    if (!isCount(d, size))
      return wrong("a dimension is " + shortened(d));
    out.shape.push_back(int64_t(size));
    need = std::min<unsigned __int128>(need * size, static_cast<unsigned __int128>(1) << 62);
  }
  if (!isCount(ends[0], out.begin) || !isCount(ends[1], out.end))
    return wrong("its data_offsets are " + shortened(offsets));
  if (out.begin > out.end || out.end > dataSize)
    return wrong("lies at " + std::to_string(out.begin) + " to " + std::to_string(out.end) + " of " +
                 std::to_string(dataSize) + " bytes");
  if (need != out.end - out.begin)
    return wrong(describe(out.dtype, out.shape) + " in " + std::to_string(out.end - out.begin) + " bytes");
  return {};
}

Status parseMetadata(std::string_view raw, const std::string &where, std::map<std::string, std::string> &out) {
  Json json(raw);
  Status status;
  bool isObject = json.object([&](const std::string &key) {
    std::string_view value;
    if (!json.value(value))
      return false;
    if (!Json(value).string(out[key]))
      status = damaged(where, "its __metadata__ '" + shortened(key) + "' is no string");
    return status.ok();
  });
  DLC_TRY(std::move(status));
  return isObject ? Status() : damaged(where, "its __metadata__ is no object");
}

std::string quoted(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  constexpr std::string_view from = "\"\\\b\f\n\r\t", to = "\"\\bfnrt";
  std::string out = "\"";
  for (char c : text)
    if (size_t i = from.find(c); i != from.npos)
      (out += '\\') += to[i];
    else if (static_cast<unsigned char>(c) < ' ')
      ((out += "\\u00") += digits[c >> 4]) += digits[c & 15];
    else
      out += c;
  return out + "\"";
}

} // namespace

bool inSafetensors(fb::DType dtype) { return typeOf(dtype); }

std::string describe(fb::DType dtype, const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t d : shape)
    text += std::to_string(d) + "x";
  const Type *type = typeOf(dtype);
  return text + (type ? type->name : "?");
}

Status safetensorsLength(std::string_view first, uint64_t fileSize, const std::string &where, uint64_t &length) {
  if (first.size() < 8)
    return damaged(where, std::to_string(first.size()) + " bytes");
  std::memcpy(&length, first.data(), 8);
  if (length > longestHeader || length > fileSize - 8)
    return damaged(where, "a header of " + std::to_string(length) + " bytes in a file of " + std::to_string(fileSize));
  return {};
}

Status parseSafetensors(std::string_view text, uint64_t dataSize, const std::string &where, SafetensorsHeader &out) {
  std::string_view whole;
  Json file(text), json(text);
  if (!file.value(whole) || !file.ends())
    return damaged(where, "its header is no JSON");
  Status status;
  bool isObject = json.object([&](const std::string &name) {
    std::string_view value;
    if (!json.value(value))
      return false;
    if (name == "__metadata__")
      status = parseMetadata(value, where, out.metadata);
    else
      status = parseEntry(name, value, dataSize, where, out.tensors.emplace_back());
    return status.ok();
  });
  DLC_TRY(std::move(status));
  if (!isObject)
    return damaged(where, "its header is no JSON object");
  std::sort(out.tensors.begin(), out.tensors.end(), [](const StoredTensor &a, const StoredTensor &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t at = 0;
  std::set<std::string_view> names;
  for (const StoredTensor &t : out.tensors) {
    if (!names.insert(t.name).second)
      return damaged(where, "tensor '" + shortened(t.name) + "' is there twice");
    if (t.begin != at)
      return damaged(where, "tensor '" + shortened(t.name) + "' begins at " + std::to_string(t.begin) +
                                ", but the one before it ends at " + std::to_string(at));
    at = t.end;
  }
  if (at != dataSize)
    return damaged(where, "its tensors end at " + std::to_string(at) + " of " + std::to_string(dataSize) + " bytes");
  return {};
}

Status layOutSafetensors(SafetensorsHeader &header, const std::string &where, std::string &text) {
  for (const StoredTensor &t : header.tensors)
    if (!typeOf(t.dtype))
      return {DLC_UNSUPPORTED, "'" + t.name + "' is of a type that safetensors cannot hold", where};
  // All lie at multiples of their width then.
  std::sort(header.tensors.begin(), header.tensors.end(), [](const StoredTensor &a, const StoredTensor &b) {
    return std::pair(-int(typeOf(a.dtype)->bytes), a.name) < std::pair(-int(typeOf(b.dtype)->bytes), b.name);
  });
  text = "{";
  if (!header.metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto &[key, value] : header.metadata)
      text += quoted(key) + ":" + quoted(value) + ",";
    text.back() = '}';
    text += ",";
  }
  uint64_t at = 0;
  for (StoredTensor &t : header.tensors) {
    const Type &type = *typeOf(t.dtype);
    uint64_t bytes = type.bytes;
    std::string shape;
    for (int64_t d : t.shape) {
      shape += (shape.empty() ? "" : ",") + std::to_string(d);
      bytes *= uint64_t(d);
    }
    t.begin = at;
    t.end = at += bytes;
    text += quoted(t.name) + ":{\"dtype\":\"" + type.stored + "\",\"shape\":[" + shape + "],\"data_offsets\":[" +
            std::to_string(t.begin) + "," + std::to_string(t.end) + "]},";
  }
  if (text.back() == ',')
    text.pop_back();
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  uint64_t length = text.size();
  text.insert(0, reinterpret_cast<const char *>(&length), 8);
  return {};
}

} // namespace dlc::rt
