#include "upstream/upstream_set.h"

namespace aven::upstream {

std::string Server::text() const {
  switch (protocol) {
    case Protocol::Tls:
      return "tls://" + endpoint.text() + '#' + tls_name;
    case Protocol::Https:
      return "https://" + tls_name + path;
    case Protocol::Plain:
      break;
  }
  return endpoint.text();
}

}  // namespace aven::upstream
