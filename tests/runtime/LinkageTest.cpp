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

  explicit Library(const char *path) {
    std::ifstream file(path, std::ios::binary);
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
  Library library(DLC_RUNTIME_LIBRARY);
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
  Library library(DLC_RUNTIME_LIBRARY);
  uint64_t loaded = 0;
  for (int i = 0; i != library.header->e_phnum; ++i)
    if (auto *p = library.at<Elf64_Phdr>(library.header->e_phoff) + i; p->p_type == PT_LOAD)
      loaded += p->p_filesz;
  EXPECT_LT(loaded, 1u << 20);
  EXPECT_GT(loaded, 100u << 10);
}

std::string textOf(const char *path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The names that a version script lists one by one.
std::set<std::string> listed(const char *path) {
  std::string text = textOf(path);
  size_t start = text.find("global:");
  std::istringstream lines(start == std::string::npos ? "" : text.substr(text.find('\n', start)));
  std::set<std::string> names;
  for (std::string name; lines >> name && name.back() == ';';)
    names.insert(name.substr(0, name.size() - 1));
  return names;
}

/// What dlc.h declares.
std::set<std::string> declared() {
  std::string header = textOf(DLC_HEADER);
  std::set<std::string> names;
  for (size_t at = header.find("DLC_API "); at != std::string::npos; at = header.find("DLC_API ", at + 1)) {
    size_t start = header.find(" dlc_", at), open = header.find('(', at);
    if (start == std::string::npos || header[at - 1] == ' ')
      continue;
    std::string declaration = header.substr(at, open - at);
    size_t name = declaration.rfind("dlc_");
    if (name != std::string::npos)
      names.insert(declaration.substr(name));
  }
  return names;
}

TEST(Linkage, ExportsWhatTheListSays) {
  std::set<std::string> names = listed(DLC_RUNTIME_EXPORTS);
  EXPECT_GT(names.size(), 40u);
  EXPECT_EQ(Library(DLC_RUNTIME_LIBRARY).exported(), names) << "change runtime/exports.map with the library";
  EXPECT_EQ(declared(), names) << "dlc.h and runtime/exports.map differ";
  for (const std::string &name : names)
    EXPECT_EQ(name.find('*'), std::string::npos) << "one by one: " << name;
}

TEST(Linkage, TheSimulatedDriverExportsWhatItsListSays) {
  std::set<std::string> names = listed(DLC_GPUSIM_EXPORTS);
  EXPECT_TRUE(names.count("cuGetProcAddress_v2"));
  EXPECT_EQ(Library(DLC_GPUSIM_LIBRARY).exported(), names) << "change tools/gpusim/exports.map with the library";
}

} // namespace
