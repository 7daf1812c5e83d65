#include "app/packed_file.h"

#include <catch2/catch.hpp>

#include "app/journal_line.h"
#include "unit/app/temp_folder.h"

using namespace aven::app;

namespace {

// Longer than a piece, and not the same everywhere.
std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 700'000; ++i) text += std::to_string(i) + '\n';
  return text;
}

bool write(const std::filesystem::path& file, const std::string& text) {
  return !write_packed(file, [&](const PutText& put) {
    put(std::string_view{text}.substr(0, text.size() / 3));
    put(std::string_view{text}.substr(text.size() / 3));
  });
}

}  // namespace

TEST_CASE("what was packed comes back, and takes less room", "[app]") {
  const TempFolder folder;
  for (const auto& text : {std::string{}, std::string{"x"}, long_text()}) {
    REQUIRE(write(folder / "a.gz", text));
    const auto read = read_packed(folder / "a.gz", sha256_of(text));
    REQUIRE(read);
    CHECK(*read == text);
    CHECK(packed_is_whole(folder / "a.gz", sha256_of(text)));
  }
  CHECK(std::filesystem::file_size(folder / "a.gz") < long_text().size() / 2);
}

TEST_CASE("what does not match its hash is not given", "[app]") {
  const TempFolder folder;
  const auto text = long_text();
  REQUIRE(write(folder / "a.gz", text));
  CHECK(read_packed(folder / "a.gz", sha256_of("another")).error() == "it is damaged");

  const auto size = std::filesystem::file_size(folder / "a.gz");
  std::filesystem::resize_file(folder / "a.gz", size / 2);
  CHECK_FALSE(packed_is_whole(folder / "a.gz", sha256_of(text)));
  CHECK(read_packed(folder / "a.gz", sha256_of(text)).error() == "it is damaged");
  CHECK(read_packed(folder / "none.gz", sha256_of(text)).error() == "No such file or directory");
}

TEST_CASE("a file is packed without its head and unpacked with another", "[app]") {
  const TempFolder folder;
  const auto text = long_text();
  folder.write("list", "head\n" + text);
  REQUIRE_FALSE(pack_file(folder / "list", 5, sha256_of(text), folder / "list.gz"));
  REQUIRE_FALSE(unpack_file(folder / "list.gz", sha256_of(text), "other\n", folder / "copy"));
  CHECK(read_text(folder / "copy").value() == "other\n" + text);
}

TEST_CASE("a file that changed since its hash was taken is not kept", "[app]") {
  const TempFolder folder;
  folder.write("list", "new");
  CHECK_FALSE(pack_file(folder / "list", 0, sha256_of("old"), folder / "list.gz"));
  CHECK_FALSE(std::filesystem::exists(folder / "list.gz"));
}

TEST_CASE("a damaged file is not unpacked", "[app]") {
  const TempFolder folder;
  REQUIRE(write(folder / "a.gz", "text"));
  CHECK(unpack_file(folder / "a.gz", sha256_of("other"), "", folder / "copy") == "it is damaged");
}
