#include "app/tls_authorities.h"

#include <algorithm>
#include <string>

#include "app/text_file.h"
#include "policy/json_object.h"
#include "policy/json_text.h"

namespace aven::app {
namespace {

Expected<server::TlsContextPtr, std::string> load(const std::string& file) {
  if (file.empty()) return server::TlsContext::of_system();
  const auto text = read_text(file);
  if (!text) return Unexpected{"cannot read " + policy::in_quotes(file) + ": " + text.error()};
  auto context = server::TlsContext::of_authorities(*text);
  if (!context) return Unexpected{policy::in_quotes(file) + " cannot be used: " + context.error()};
  return context;
}

// Where the configuration names the file.
std::string pointer_to(const Config& config, const std::string& file) {
  const auto& set = config.upstreams;
  const auto uses_it = [&](const upstream::Pool& pool) {
    return std::any_of(pool.servers.begin(), pool.servers.end(),
                       [&](auto index) { return set.servers[index].tls_ca == file; });
  };
  const auto pool = std::find_if(set.pools.begin(), set.pools.end(), uses_it);
  const bool is_everyones = config.tls_ca == file || pool == set.pools.end();
  return is_everyones ? "/tls_ca" : "/upstreams/" + policy::pointer_token(pool->name) + "/tls_ca";
}

}  // namespace

server::TlsContexts load_authorities(const Config& config, policy::Severity severity, policy::Problems& problems) {
  server::TlsContexts contexts;
  for (const auto& server : config.upstreams.servers) {
    const std::string& file = server.tls_ca;
    if (server.protocol == upstream::Protocol::Plain || contexts.count(file) > 0) continue;
    const auto context = load(file);
    contexts[file] = context ? *context : nullptr;
    if (!context) problems.push_back({config.policy.file, pointer_to(config, file), context.error(), severity});
  }
  return contexts;
}

}  // namespace aven::app
