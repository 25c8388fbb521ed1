// PTX text as tokens.
#pragma once
#include <cstdint>
#include <string_view>

namespace gpusim::ptx {

enum class TokenKind : uint8_t { End, Word, Number, String, Punctuation, Bad };

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text; // String: without the quotes
  uint32_t line = 1;

  bool is(char c) const { return kind == TokenKind::Punctuation && text[0] == c; }
  bool is(std::string_view word) const { return kind == TokenKind::Word && text == word; }
};

/// A word is an opcode or directive with all of its modifiers, a name, or a register ("ld.shared::cta.b32", "%tid.x").
class Lexer {
public:
  explicit Lexer(std::string_view text) : at(text.data()), end(text.data() + text.size()) {}
  Token next();

private:
  const char *at, *end;
  uint32_t line = 1;
};

} // namespace gpusim::ptx
