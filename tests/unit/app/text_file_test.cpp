#include "app/text_file.h"

#include <catch2/catch.hpp>
#include <string>
#include <sys/stat.h>

#include "unit/app/temp_folder.h"

using namespace aven::app;

TEST_CASE("a text is read whole", "[app]") {
  const TempFolder folder;
  const std::string text = std::string(100'000, 'x') + '\0' + "end";
  folder.write("a", text);
  const auto read = read_text(folder / "a");
  REQUIRE(read);
  CHECK(*read == text);
}

TEST_CASE("what is no regular file is not read", "[app]") {
  const TempFolder folder;
  CHECK(read_text(folder.path()).error() == "not a regular file");
  CHECK(read_text(folder / "none").error() == "No such file or directory");
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(read_text(folder / "pipe").error() == "not a regular file");
}

TEST_CASE("a file is replaced as a whole and leaves nothing beside it", "[app]") {
  const TempFolder folder;
  folder.write("a", "old and longer");
  CHECK_FALSE(write_text_safely(folder / "a", [](const PutText& put) {
    put("ne");
    put("w");
  }));
  CHECK(*read_text(folder / "a") == "new");
  CHECK_FALSE(std::filesystem::exists(folder / "a.new"));
}

TEST_CASE("a text that cannot be written leaves the old one", "[app]") {
  const TempFolder folder;
  folder.write("a", "old");
  std::filesystem::create_directory(folder / "a.new");
  CHECK(write_text_safely(folder / "a", [](const PutText& put) { put("new"); }) == "Is a directory");
  CHECK(*read_text(folder / "a") == "old");
}
