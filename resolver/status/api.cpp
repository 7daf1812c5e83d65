#include "status/api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "dns/text.h"
#include "status/metrics.h"
#include "status/status_json.h"

namespace aven::status {
namespace {

constexpr std::string_view Json = "application/json; charset=utf-8";
constexpr std::string_view Text = "text/plain; charset=utf-8";
constexpr std::string_view Metrics = "text/plain; version=0.0.4; charset=utf-8";
constexpr Duration FiguresFresh = std::chrono::seconds{5};

// A number of the range; `out` stays as it is without the parameter. False: it cannot be read.
bool read_number(const std::optional<std::string>& text, std::uint32_t least, std::uint32_t most, std::uint32_t& out) {
  if (!text) return true;
  std::uint32_t number = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < least || number > most) return false;
  out = number;
  return true;
}

Response bad_request(std::string_view text) {
  return error_response(400, "bad_request", text);
}

Response json_response(std::string body) {
  return {200, Json, std::move(body), nullptr};
}

const Asset* find_asset(std::string_view path) noexcept {
  const auto all = assets();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Asset& asset) { return asset.path == path; });
  return found == all.end() ? nullptr : &*found;
}

struct View {
  std::string_view path;
  std::string (*text)(const StatusData&);
  std::string_view type;
};
constexpr View Views[] = {{"/api/v1/status", status_json, Json},
                          {"/api/v1/rules", rules_json, Json},
                          {"/api/v1/upstreams", upstreams_json, Json},
                          {"/api/v1/problems", problems_json, Json},
                          {"/metrics", metrics_text, Metrics}};

}  // namespace

Response error_response(unsigned code, std::string_view key, std::string_view text) {
  return {code, Json, error_json(key, text), nullptr};
}

bool Api::is_public(std::string_view path) noexcept {
  return find_asset(path) != nullptr;
}

Response Api::get(std::string_view path, const Values& parameters, const Visitor&) {
  if (const auto* asset = find_asset(path)) return {200, asset->type, {}, asset};
  if (path == "/healthz") return {200, Text, "alive\n", nullptr};
  if (path == "/readyz") return ready();
  if (path == "/api/v1/series") return series(parameters);

  const auto* view =
      std::find_if(std::begin(Views), std::end(Views), [&](const View& one) { return one.path == path; });
  const bool explains = path == "/api/v1/explain";
  if (view == std::end(Views) && !explains) return error_response(404, "not_found", "There is nothing at this path.");
  const auto data = board_.latest();
  if (!data) return error_response(503, "not_ready", "The first figures are not there yet.");
  if (explains) return explain(*data, parameters);
  return {200, view->type, view->text(*data), nullptr};
}

Response Api::ready() const {
  const auto data = board_.latest();
  const auto no = [](std::string why) { return Response{503, Text, std::move(why), nullptr}; };
  if (!data) return no("not ready: the workers have not told their first figures\n");
  if (options_.clock() - data->snapshot.taken > FiguresFresh) return no("not ready: a worker does not respond\n");
  return {200, Text, "ready\n", nullptr};
}

Response Api::series(const Values& parameters) {
  std::uint32_t step = 10, seconds = Recorder::SeriesLength;
  if (!read_number(parameters("step"), 1, 60, step)) return bad_request("step must be a number from 1 to 60.");
  if (!read_number(parameters("seconds"), 1, Recorder::SeriesLength, seconds)) {
    return bad_request("seconds must be a number from 1 to 3600.");
  }
  return json_response(series_json(board_.points(seconds), step));
}

Response Api::explain(const StatusData& data, const Values& parameters) const {
  const auto name = dns::Name::from_text(parameters("name").value_or(""));
  if (!name || parameters("name").value_or("").empty()) return bad_request("name must be a domain name.");
  const auto type = dns::parse_type(parameters("type").value_or("A"));
  if (!type) return bad_request("type must be a record type such as A, AAAA or HTTPS.");
  const auto client = IpAddress::parse(parameters("client").value_or("127.0.0.1"));
  if (!client) return bad_request("client must be an address.");
  return json_response(options_.explain(data, {*name, *type, client->unmapped()}));
}

}  // namespace aven::status
