// LogJson: the query log's answers of the API.
// Thread: any.   Fails: never; names and texts of strangers are escaped, whatever octets they hold.
#pragma once

#include <string>
#include <vector>

#include "server/log_writer.h"
#include "server/query_search.h"
#include "status/status_data.h"

namespace aven::status {

enum class Clients : std::uint8_t { Shown, Hidden };

std::string recent_json(const StatusData& data, const std::vector<server::LogRow>& rows, Clients clients);
std::string tail_json(const StatusData& data, const server::LiveLog::Tail& tail, Clients clients);
// `more`: there may be older lines.
std::string queries_json(const StatusData& data, const server::LogWriter::State& state, const server::FoundRows& found,
                         bool more, Clients clients);
// Each point over `every_s` seconds.
std::string long_series_json(const std::vector<server::SeriesPoint>& points, std::int64_t every_s);
std::string top_json(const StatusData& data, const server::LiveLog::Top& top);
// Of the rules that observe now.
std::string observed_json(const StatusData& data, const std::map<std::string, server::LiveLog::Observed>& observed);

// "blocked", "allowed", "observed", "none".
std::string_view verdict_key(stats::LogVerdict verdict) noexcept;
std::optional<stats::LogVerdict> parse_verdict(std::string_view key) noexcept;

}  // namespace aven::status
