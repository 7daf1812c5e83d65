#include "status/api.h"

#include <algorithm>

#include "dns/text.h"
#include "policy/calendar.h"
#include "status/metrics.h"
#include "status/status_json.h"

namespace aven::status {
namespace {

constexpr std::string_view Json = "application/json; charset=utf-8";
constexpr std::string_view Text = "text/plain; charset=utf-8";
constexpr std::string_view Metrics = "text/plain; version=0.0.4; charset=utf-8";
constexpr Duration FiguresFresh = std::chrono::seconds{5};

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

struct Span {
  std::string_view key;
  server::SeriesStore::Step step;
  std::int64_t seconds, every_s;
};
constexpr std::int64_t Day = 86'400;
constexpr Span Spans[] = {{"hour", server::SeriesStore::Step::Second, 3600, 10},
                          {"day", server::SeriesStore::Step::Minute, Day, 300},
                          {"week", server::SeriesStore::Step::Minute, 7 * Day, 1800},
                          {"year", server::SeriesStore::Step::Hour, 396 * Day, Day}};

}  // namespace

bool Api::is_public(std::string_view path) noexcept {
  return find_asset(path) != nullptr;
}

Response Api::get(std::string_view path, const Values& parameters, const Visitor& visitor) {
  if (const auto* asset = find_asset(path)) return {200, asset->type, {}, asset};
  if (path == "/healthz") return {200, Text, "alive\n", nullptr};
  if (path == "/readyz") return ready();
  if (path == "/api/v1/series") return series(parameters);

  const auto* view =
      std::find_if(std::begin(Views), std::end(Views), [&](const View& one) { return one.path == path; });
  const bool explains = path == "/api/v1/explain";
  const bool of_log = LogApi::has(path);
  if (view == std::end(Views) && !explains && !of_log) {
    return error_response(404, "not_found", "There is nothing at this path.");
  }
  const auto data = board_.latest();
  if (!data) return error_response(503, "not_ready", "The first figures are not there yet.");
  if (explains) return explain(*data, parameters);
  if (of_log) return log_.get(path, parameters, visitor, *data);
  return {200, view->type, view->text(*data), nullptr};
}

Response Api::ready() const {
  const auto data = board_.latest();
  const auto no = [](std::string why) { return Response{503, Text, std::move(why), nullptr}; };
  if (!data) return no("not ready: the workers have not told their first figures\n");
  if (options_.clock() - data->snapshot.taken > FiguresFresh) return no("not ready: a worker does not respond\n");
  const auto unanswered = options_.probe ? options_.probe(data->about.listening) : std::string{};
  if (!unanswered.empty()) return no("not ready: " + unanswered + '\n');
  return {200, Text, "ready\n", nullptr};
}

Response Api::series(const Values& parameters) {
  if (const auto key = parameters("span"); key && !key->empty()) return long_series(*key);
  std::uint64_t step = 10, seconds = Recorder::SeriesLength;
  if (!read_number(parameters("step"), 1, 60, step)) return bad_request("step must be a number from 1 to 60.");
  if (!read_number(parameters("seconds"), 1, Recorder::SeriesLength, seconds)) {
    return bad_request("seconds must be a number from 1 to 3600.");
  }
  return json_response(series_json(board_.points(seconds), static_cast<std::uint32_t>(step)));
}

Response Api::long_series(std::string_view key) {
  const auto* span = std::find_if(std::begin(Spans), std::end(Spans), [&](const Span& one) { return one.key == key; });
  if (span == std::end(Spans)) return bad_request("span must be hour, day, week or year.");
  const auto data = board_.latest();
  if (!data || options_.log.log == nullptr) {
    return error_response(503, "not_ready", "The first figures are not there yet.");
  }
  const auto now = data->at.time_since_epoch().count();
  const auto points =
      server::SeriesStore::read(options_.log.log->series_file(), span->step, now - span->seconds, span->every_s);
  return json_response(long_series_json(points, span->every_s));
}

Response Api::explain(const StatusData& data, const Values& parameters) const {
  const auto name = dns::Name::from_text(parameters("name").value_or(""));
  if (!name || parameters("name").value_or("").empty()) return bad_request("name must be a domain name.");
  const auto type = dns::parse_type(parameters("type").value_or("A"));
  if (!type) return bad_request("type must be a record type such as A, AAAA or HTTPS.");
  const auto client = IpAddress::parse(parameters("client").value_or("127.0.0.1"));
  if (!client) return bad_request("client must be an address.");
  WallTime at = data.at;
  if (const auto text = parameters("at"); text && !text->empty()) {
    const auto moment = policy::parse_moment(*text, policy::DayEnd::No);
    if (!moment) return bad_request("at must be a day (2027-03-31) or a local time (2027-03-31T16:00).");
    at = data.current.calendar->utc(*moment);
  }
  return json_response(options_.explain(data, {*name, *type, client->unmapped(), at}));
}

}  // namespace aven::status
