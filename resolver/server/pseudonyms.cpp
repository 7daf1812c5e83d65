#include "server/pseudonyms.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <span>
#include <unistd.h>

#include "server/file_descriptor.h"

namespace aven::server {
namespace {

constexpr std::size_t MostFileSize = 64 << 10;

std::string hex_of(std::span<const std::uint8_t> octets) {
  static constexpr char Digits[] = "0123456789abcdef";
  std::string text;
  for (const auto octet : octets) {
    text += Digits[octet >> 4];
    text += Digits[octet & 15];
  }
  return text;
}

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Pseudonyms::Pseudonyms(std::filesystem::path file, RandomSource& random) : file_(std::move(file)), random_(random) {
  load();
}

// Lines "period hex"; a line that cannot be read is no key, and its period gets a new one.
void Pseudonyms::load() {
  const FileDescriptor descriptor{::open(file_.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!descriptor) return;
  std::string text(MostFileSize, '\0');
  const ssize_t size = ::read(descriptor.get(), text.data(), text.size());
  std::string_view rest{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    Period period = 0;
    const auto number = std::from_chars(line.data(), line.data() + line.size(), period);
    const auto hex = line.substr(static_cast<std::size_t>(number.ptr - line.data()));
    Key key{};
    if (number.ec != std::errc{} || hex.size() != 1 + 2 * key.size()) continue;
    bool good = true;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const char* digits = hex.data() + 1 + 2 * i;
      good = good && std::from_chars(digits, digits + 2, key[i], 16).ptr == digits + 2;
    }
    if (good) keys_[period] = key;
  }
  OPENSSL_cleanse(text.data(), text.size());
}

// In place, so that what was there is overwritten and not only unlinked.
bool Pseudonyms::save() {
  std::string text;
  for (const auto& [period, key] : keys_) text += std::to_string(period) + ' ' + hex_of(key) + '\n';
  const FileDescriptor descriptor{::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  const auto size = static_cast<off_t>(text.size());
  bool good = static_cast<bool>(descriptor);
  if (good) {
    const off_t old = ::lseek(descriptor.get(), 0, SEEK_END);
    if (old > size) text.append(static_cast<std::size_t>(old - size), '\n');
    good = ::lseek(descriptor.get(), 0, SEEK_SET) == 0 && write_all(descriptor.get(), text) &&
           ::fsync(descriptor.get()) == 0 && ::ftruncate(descriptor.get(), size) == 0;
  }
  error_ = good ? std::string{} : file_.string() + ": " + std::strerror(errno);
  OPENSSL_cleanse(text.data(), text.size());
  return good;
}

std::optional<std::string> Pseudonyms::of(std::string_view client, Period period) {
  auto found = keys_.find(period);
  if (found == keys_.end()) {
    found = keys_.emplace(period, Key{}).first;
    random_.fill(found->second);
    if (!save()) {
      keys_.erase(found);
      return std::nullopt;
    }
  }
  const Key& key = found->second;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const std::uint8_t*>(client.data()),
           client.size(), digest.data(), &size) == nullptr) {
    error_ = "HMAC failed";
    return std::nullopt;
  }
  return "p-" + hex_of(std::span{digest}.first(8));
}

bool Pseudonyms::forget_before(Period period) {
  const auto end = keys_.lower_bound(period);
  if (end == keys_.begin() && error_.empty()) return true;
  for (auto key = keys_.begin(); key != end; ++key) OPENSSL_cleanse(key->second.data(), key->second.size());
  keys_.erase(keys_.begin(), end);
  return save();
}

}  // namespace aven::server
