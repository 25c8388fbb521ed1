// libdlc_runtime.so as others get it: its size, what it needs, what it exports.
#include <elf.h>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace {

struct Library {
  std::string bytes;
  const Elf64_Ehdr *header = nullptr;

  Library() {
    std::ifstream file(DLC_RUNTIME_LIBRARY, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    bytes = text.str();
    header = reinterpret_cast<const Elf64_Ehdr *>(bytes.data());
  }
  template <class T> const T *at(uint64_t offset) const { return reinterpret_cast<const T *>(bytes.data() + offset); }
  const Elf64_Shdr *section(uint32_t type) const {
    for (int i = 0; i != header->e_shnum; ++i)
      if (auto *s = at<Elf64_Shdr>(header->e_shoff) + i; s->sh_type == type)
        return s;
    return nullptr;
  }
  std::set<std::string> needed() const {
    std::set<std::string> names;
    const Elf64_Shdr *dynamic = section(SHT_DYNAMIC);
    const char *strings = at<char>((at<Elf64_Shdr>(header->e_shoff) + dynamic->sh_link)->sh_offset);
    for (auto *d = at<Elf64_Dyn>(dynamic->sh_offset); d->d_tag != DT_NULL; ++d)
      if (d->d_tag == DT_NEEDED)
        names.insert(strings + d->d_un.d_val);
    return names;
  }
  std::set<std::string> exported() const {
    std::set<std::string> names;
    const Elf64_Shdr *table = section(SHT_DYNSYM);
    const char *strings = at<char>((at<Elf64_Shdr>(header->e_shoff) + table->sh_link)->sh_offset);
    for (uint64_t i = 0; i != table->sh_size / sizeof(Elf64_Sym); ++i) {
      const Elf64_Sym *s = at<Elf64_Sym>(table->sh_offset) + i;
      if (s->st_shndx != SHN_UNDEF && ELF64_ST_BIND(s->st_info) != STB_LOCAL)
        names.insert(strings + s->st_name);
    }
    return names;
  }
};

TEST(Linkage, NeedsTheSystemOnly) {
  Library library;
  ASSERT_GT(library.bytes.size(), sizeof(Elf64_Ehdr));
  ASSERT_EQ(library.bytes.substr(0, 4), ELFMAG);
  const std::set<std::string> allowed{"libc.so.6",
                                      "libm.so.6",
                                      "libstdc++.so.6",
                                      "libgcc_s.so.1",
                                      "ld-linux-x86-64.so.2",
                                      "ld-linux-aarch64.so.1",
                                      "libdl.so.2",
                                      "libpthread.so.0"};
  for (const std::string &name : library.needed())
    EXPECT_TRUE(allowed.count(name)) << "libdlc_runtime needs " << name;
  EXPECT_TRUE(library.needed().count("libc.so.6"));
}

TEST(Linkage, IsSmall) {
  // What is loaded; line tables of a development build are not.
  Library library;
  uint64_t loaded = 0;
  for (int i = 0; i != library.header->e_phnum; ++i)
    if (auto *p = library.at<Elf64_Phdr>(library.header->e_phoff) + i; p->p_type == PT_LOAD)
      loaded += p->p_filesz;
  EXPECT_LT(loaded, 1u << 20);
  EXPECT_GT(loaded, 100u << 10);
}

TEST(Linkage, ExportsTheApiOnly) {
  // What dlc.h declares is what the library exports.
  std::ifstream file(DLC_HEADER);
  std::stringstream text;
  text << file.rdbuf();
  std::string header = text.str();
  std::set<std::string> declared;
  for (size_t at = header.find("DLC_API "); at != std::string::npos; at = header.find("DLC_API ", at + 1)) {
    size_t start = header.find(" dlc_", at), open = header.find('(', at);
    if (start == std::string::npos || header[at - 1] == ' ')
      continue;
    std::string declaration = header.substr(at, open - at);
    size_t name = declaration.rfind("dlc_");
    if (name != std::string::npos)
      declared.insert(declaration.substr(name));
  }
  EXPECT_GT(declared.size(), 40u);
  EXPECT_EQ(Library().exported(), declared);
}

} // namespace
