#include "runtime/Status.h"

#include <algorithm>

namespace dlc::rt {

static bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string escaped(std::string text) {
  if (std::none_of(text.begin(), text.end(), isControl))
    return text;
  std::string out;
  for (char c : text) {
    const char *digits = "0123456789abcdef";
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (isControl(c))
      (out += "\\x") += {digits[c >> 4], digits[c & 15]};
    else
      out += c;
  }
  return out;
}

std::string joinedLines(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\0'))
    text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

} // namespace dlc::rt
