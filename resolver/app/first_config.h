// first_config_text: the first aven.json of a machine, as `aven setup` writes it.
// Thread: any; values.
// Fails: never. It takes the words as they come: parse_config says whether they are addresses.
#pragma once

#include <string>
#include <vector>

namespace aven::app {

struct FirstConfig {
  std::vector<std::string> listen;     // "10.1.0.53", "[2001:db8::53]:53"
  std::vector<std::string> upstreams;  // empty: those of the machine
  std::string timezone;                // empty: UTC
  std::string language;                // "en", "fr"
};

std::string first_config_text(const FirstConfig& config);

}  // namespace aven::app
