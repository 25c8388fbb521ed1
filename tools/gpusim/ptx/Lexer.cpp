#include "tools/gpusim/ptx/Lexer.h"

namespace gpusim::ptx {

static bool isDigit(char c) { return c >= '0' && c <= '9'; }
static bool isWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '_' || c == '$' || c == '%';
}

Token Lexer::next() {
  for (;;) {
    while (at != end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n' || *at == '\f'))
      line += *at++ == '\n';
    if (end - at < 2 || at[0] != '/')
      break;
    if (at[1] == '/') {
      while (at != end && *at != '\n')
        ++at;
    } else if (at[1] == '*') {
      for (at += 2; end - at >= 2 && !(at[0] == '*' && at[1] == '/'); ++at)
        line += *at == '\n';
      at = end - at >= 2 ? at + 2 : end;
    } else {
      break;
    }
  }
  Token token;
  token.line = line;
  if (at == end || *at == 0)
    return token;
  const char *from = at;
  if (*at == '"') {
    for (++at; at != end && *at != '"' && *at != '\n'; ++at)
      if (*at == '\\' && end - at > 1)
        ++at;
    token.kind = at != end && *at == '"' ? TokenKind::String : TokenKind::Bad;
    token.text = std::string_view(from + 1, size_t(at - from - 1));
    if (token.kind == TokenKind::String)
      ++at;
    return token;
  }
  if (isDigit(*at)) {
    bool hex = end - at > 1 && at[0] == '0' &&
               (at[1] == 'x' || at[1] == 'X' || at[1] == 'f' || at[1] == 'F' || at[1] == 'd' || at[1] == 'D');
    while (at != end &&
           (isWord(*at) || *at == '.' || (!hex && (*at == '+' || *at == '-') && (at[-1] == 'e' || at[-1] == 'E'))))
      ++at;
    token.kind = TokenKind::Number;
  } else if (isWord(*at) || (*at == '.' && end - at > 1 && isWord(at[1]))) {
    ++at;
    while (at != end) {
      if (isWord(*at) || (*at == '.' && end - at > 1 && isWord(at[1])))
        ++at;
      else if (end - at > 2 && at[0] == ':' && at[1] == ':' && isWord(at[2]))
        at += 2;
      else
        break;
    }
    token.kind = TokenKind::Word;
  } else {
    ++at;
    token.kind = TokenKind::Punctuation;
  }
  token.text = std::string_view(from, size_t(at - from));
  return token;
}

} // namespace gpusim::ptx
