#include "status/log_api.h"

#include <algorithm>
#include <array>
#include <date/date.h>
#include <sstream>

#include "base/net_address.h"
#include "dns/name.h"
#include "server/query_search.h"

namespace aven::status {
namespace {

constexpr std::uint64_t UsualRows = 200, MostRows = 1000, UsualNames = 20, MostNames = 100;
constexpr std::uint64_t MostSeconds = 4'000'000'000;
constexpr std::uint64_t MostId = std::uint64_t{1} << 53;
constexpr std::array<std::string_view, 5> Paths{"/api/v1/recent", "/api/v1/tail", "/api/v1/queries", "/api/v1/top",
                                                "/api/v1/observed"};
constexpr std::array<const char*, 6> FilterKeys{"client", "name", "group", "verdict", "since", "until"};

bool is_pseudonym(std::string_view text) noexcept {
  return text.starts_with("p-") && text.size() == 18 &&
         text.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

// The part of a filter that cannot be read, in a sentence; empty: it was read.
std::string_view read_filter(const Values& parameters, server::RowFilter& out) {
  out.group = parameters("group").value_or("");
  out.name = parameters("name").value_or("");
  for (char& octet : out.name) octet = static_cast<char>(dns::lower(static_cast<std::uint8_t>(octet)));
  if (const auto key = parameters("verdict"); key && !key->empty()) {
    out.verdict = parse_verdict(*key);
    if (!out.verdict) return "verdict must be blocked, allowed, observed or none.";
  }
  const auto client = parameters("client").value_or("");
  if (client.empty()) return {};
  const auto address = IpAddress::parse(client);
  if (!address && !is_pseudonym(client)) return "client must be an address, or a pseudonym of the log.";
  out.client = address ? address->unmapped().text() : client;
  return {};
}

std::string filter_text(const Values& parameters) {
  std::string text;
  for (const char* key : FilterKeys) {
    const auto value = parameters(key);
    if (!value || value->empty()) continue;
    text += (text.empty() ? "" : "&") + std::string{key} + '=' + value->substr(0, 300);
  }
  return text;
}

// Seconds since 1970, or a moment of UTC. False: it is neither.
bool read_moment(const std::optional<std::string>& text, std::int64_t& out_ms) {
  if (!text || text->empty()) return true;
  std::uint64_t seconds = 0;
  if (read_number(text, 0, MostSeconds, seconds)) {
    out_ms = static_cast<std::int64_t>(seconds) * 1000;
    return true;
  }
  std::istringstream in{*text};
  date::sys_seconds moment;
  in >> date::parse("%FT%TZ", moment);
  if (in.fail()) return false;
  out_ms = moment.time_since_epoch() / std::chrono::milliseconds{1};
  return true;
}

Response not_for_viewers() {
  return error_response(403, "forbidden", "This account does not see which client asked.");
}

}  // namespace

bool LogApi::has(std::string_view path) noexcept {
  return std::find(Paths.begin(), Paths.end(), path) != Paths.end();
}

Response LogApi::get(std::string_view path, const Values& parameters, const Visitor& visitor, const StatusData& data) {
  if (sources_.log == nullptr) return error_response(404, "not_found", "There is no query log.");
  if (path == "/api/v1/recent") return recent(parameters, visitor, data);
  if (path == "/api/v1/tail") return tail(parameters, visitor, data);
  if (path == "/api/v1/queries") return queries(parameters, visitor, data);

  std::uint64_t names = UsualNames;
  if (!read_number(parameters("limit"), 1, MostNames, names)) return bad_request("limit must be from 1 to 100.");
  if (path == "/api/v1/top") return json_response(top_json(data, sources_.log->live().top(names)));
  return json_response(observed_json(data, sources_.log->live().observed(names)));
}

Response LogApi::recent(const Values& parameters, const Visitor& visitor, const StatusData& data) {
  server::RowFilter filter;
  std::uint64_t rows = UsualRows;
  if (const auto wrong = read_filter(parameters, filter); !wrong.empty()) return bad_request(wrong);
  if (!read_number(parameters("limit"), 1, MostRows, rows)) return bad_request("limit must be from 1 to 1000.");
  if (!filter.client.empty() && visitor.role != Role::Operator) return not_for_viewers();
  const auto clients = clients_for(visitor, "recent", parameters);
  return json_response(recent_json(data, sources_.log->live().recent_blocks(filter, rows), clients));
}

Response LogApi::tail(const Values& parameters, const Visitor& visitor, const StatusData& data) {
  server::RowFilter filter;
  std::uint64_t rows = UsualRows, after = 0;
  if (const auto wrong = read_filter(parameters, filter); !wrong.empty()) return bad_request(wrong);
  if (!read_number(parameters("limit"), 1, MostRows, rows)) return bad_request("limit must be from 1 to 1000.");
  if (!read_number(parameters("after"), 0, MostId, after))
    return bad_request("after must be a number, `next` of before.");
  if (!filter.client.empty() && visitor.role != Role::Operator) return not_for_viewers();
  const auto clients = clients_for(visitor, "tail", parameters);
  return json_response(tail_json(data, sources_.log->live().tail(after, filter, rows), clients));
}

Response LogApi::queries(const Values& parameters, const Visitor& visitor, const StatusData& data) {
  server::QuerySearch search;
  std::uint64_t rows = UsualRows;
  if (const auto wrong = read_filter(parameters, search.filter); !wrong.empty()) return bad_request(wrong);
  if (!read_number(parameters("limit"), 1, MostRows, rows)) return bad_request("limit must be from 1 to 1000.");
  if (!read_number(parameters("before"), 0, MostId, search.before)) {
    return bad_request("before must be a number, `next` of the page before.");
  }
  if (!read_moment(parameters("since"), search.since_ms) || !read_moment(parameters("until"), search.until_ms)) {
    return bad_request("since and until must be moments such as 2026-11-24T08:00:00Z.");
  }
  if (!search.filter.client.empty() && visitor.role != Role::Operator) return not_for_viewers();
  search.most = rows;
  const auto state = sources_.log->state();
  server::FoundRows found;
  if (!state.file.empty()) {
    auto searched = server::search_queries(state.file, search);
    if (!searched && state.problem.empty()) return error_response(503, "not_ready", searched.error());
    if (searched) found = std::move(*searched);
  }
  const auto clients = clients_for(visitor, "queries", parameters);
  const bool more = found.complete && found.rows.size() == rows;
  return json_response(queries_json(data, state, found, more, clients));
}

Clients LogApi::clients_for(const Visitor& visitor, std::string_view what, const Values& parameters) const {
  if (visitor.role != Role::Operator) return Clients::Hidden;
  const std::string account = visitor.account.empty() ? "local" : visitor.account;  // the open page of this machine
  const bool recorded = !sources_.looked || sources_.looked({account, std::string{what}, filter_text(parameters)});
  return recorded ? Clients::Shown : Clients::Hidden;
}

}  // namespace aven::status
