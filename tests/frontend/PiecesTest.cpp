// Weights of a file as pieces: places, zeros between them, and the checksum of what is written.
#include "frontend/Pieces.h"
#include "llvm/Support/xxhash.h"
#include <gtest/gtest.h>

using namespace dlc;

static std::string written(const Pieces &pieces) {
  std::string text;
  llvm::raw_string_ostream out(text);
  pieces.write(out);
  return text;
}

TEST(Pieces, LieAtMultiplesOfTheAlignmentWithZerosBetween) {
  std::string one(70, 'a'), two(64, 'b'), none;
  Pieces pieces;
  EXPECT_TRUE(pieces.empty());
  EXPECT_EQ(pieces.add(one), 0u);
  EXPECT_EQ(pieces.add(two), 128u);
  EXPECT_EQ(pieces.add(none), 192u);
  EXPECT_EQ(pieces.add(std::vector<char>(3, 'c')), 192u); // kept by the pieces
  EXPECT_EQ(pieces.size(), 195u);
  EXPECT_EQ(written(pieces), one + std::string(58, '\0') + two + "ccc");
  EXPECT_EQ(pieces.hash(), llvm::xxHash64(written(pieces)));
  pieces.pad();
  EXPECT_EQ(written(pieces), one + std::string(58, '\0') + two + "ccc" + std::string(61, '\0'));
  EXPECT_EQ(pieces.hash(), llvm::xxHash64(written(pieces)));
}

TEST(Pieces, GoOnFromWhereAFileEnds) {
  std::string one(5, 'a');
  Pieces pieces(100);
  EXPECT_TRUE(pieces.empty());
  EXPECT_EQ(pieces.add(one), 128u);
  EXPECT_EQ(pieces.size(), 33u);
  EXPECT_EQ(written(pieces), std::string(28, '\0') + one);
}
