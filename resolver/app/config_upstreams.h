// The part of aven.json that says whom to ask: `upstreams` and `routes`.
// Thread: any.
// Fails: by problems.
#pragma once

#include <filesystem>
#include <vector>

#include "app/config.h"
#include "policy/json_object.h"

namespace aven::app {

// The addresses and ports that Aven itself listens on, wildcard addresses written out.
std::vector<Endpoint> own_endpoints(const Config& config, const Machine& machine);

// Reads `upstreams` into config.upstreams and the names of our own servers into must_resolve; `listen` and
// `cache` must have been read.
void read_upstreams(const policy::JsonObject& top, const std::filesystem::path& folder, const Machine& machine,
                    const policy::ProblemSink& sink, Config& config);
// Reads `routes` into config.policy.routes; `upstreams` must have been read.
void read_routes(const policy::JsonObject& top, const policy::ProblemSink& sink, Config& config);

inline constexpr std::string_view UpstreamKeys[] = {
    "servers",    "strategy",           "min_ttl",           "max_ttl", "negative_max_ttl", "rotate", "trust_ad",
    "fresh_port", "case_randomisation", "rebind_protection", "weights", "cookies",          "tls_ca", "bootstrap"};

// A name of aven.json; Unicode labels become A-labels. Nothing, and a problem, if it is none.
std::optional<dns::Name> parse_name(const std::string& text, const std::string& pointer,
                                    const policy::ProblemSink& sink);

}  // namespace aven::app
