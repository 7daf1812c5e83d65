// Runs a fuzz target without libFuzzer: on each seed of a folder (*.hex: octets as hexadecimal digits, white space
// ignored) and on a fixed number of changed copies of it, the same ones at every run. With --export FOLDER the seeds are
// written there as binary files instead, for libFuzzer.
// Fails: exit 1 for a seed that cannot be read; a target that finds something aborts.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Octets = std::vector<std::uint8_t>;

constexpr int ChangesPerSeed = 500;

struct Seed {
  std::string name;
  Octets octets;
};

std::optional<Octets> from_hex(const std::string& text) {
  Octets octets;
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](unsigned char c) { return std::isspace(c) == 0; });
  if (digits.size() % 2 != 0 || digits.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    octets.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return octets;
}

std::optional<std::vector<Seed>> read_seeds(const fs::path& folder) {
  std::vector<Seed> seeds;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() != ".hex") continue;
    std::ifstream file{entry.path()};
    auto octets = from_hex({std::istreambuf_iterator<char>{file}, {}});
    if (!octets) {
      std::cerr << entry.path() << ": not hexadecimal digits\n";
      return std::nullopt;
    }
    seeds.push_back({entry.path().stem().string(), std::move(*octets)});
  }
  std::sort(seeds.begin(), seeds.end(), [](const Seed& a, const Seed& b) { return a.name < b.name; });
  if (seeds.empty()) std::cerr << folder << ": no seeds\n";
  return seeds.empty() ? std::nullopt : std::optional{std::move(seeds)};
}

// Knuth's linear congruential generator: any would do, this one is the same everywhere.
class Sequence {
 public:
  std::size_t below(std::size_t limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_ = 1;
};

void change(Octets& octets, Sequence& sequence) {
  constexpr std::uint8_t Telling[] = {0, 1, 2, 5, 6, 12, 39, 41, 46, 63, 64, 0x80, 0xc0, 0xff};
  const std::size_t at = octets.empty() ? 0 : sequence.below(octets.size());
  const auto place = octets.begin() + static_cast<std::ptrdiff_t>(at);
  switch (octets.empty() ? 3 : sequence.below(5)) {
    case 0:
      *place = static_cast<std::uint8_t>(sequence.below(256));
      break;
    case 1:
      *place = Telling[sequence.below(std::size(Telling))];
      break;
    case 2:
      octets.erase(place);
      break;
    case 3:
      octets.insert(place, Telling[sequence.below(std::size(Telling))]);
      break;
    default:
      octets.resize(at);
      break;
  }
}

void run(const Octets& octets) {
  // A copy on the heap of just this size, so that ASan sees a read past its end.
  const Octets exact{octets};
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void run_with_changes(const Seed& seed, Sequence& sequence) {
  run(seed.octets);
  for (int i = 0; i < ChangesPerSeed; ++i) {
    Octets changed = seed.octets;
    for (std::size_t times = 1 + sequence.below(4); times > 0; --times) change(changed, sequence);
    run(changed);
  }
}

bool export_seed(const Seed& seed, const fs::path& folder) {
  std::ofstream file{folder / seed.name, std::ios::binary};
  std::copy(seed.octets.begin(), seed.octets.end(), std::ostreambuf_iterator<char>{file});
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool exports = arguments.size() == 3 && arguments[1] == "--export";
  if (arguments.size() != 1 && !exports) {
    std::cerr << "usage: corpus_TARGET FOLDER [--export FOLDER]\n";
    return 2;
  }
  const auto seeds = read_seeds(arguments[0]);
  if (!seeds) return 1;
  Sequence sequence;
  for (const Seed& seed : *seeds) {
    if (!exports) {
      run_with_changes(seed, sequence);
    } else if (!export_seed(seed, arguments[2])) {
      return 1;
    }
  }
  return 0;
}
