#include "policy/rule_reader.h"

#include <algorithm>
#include <array>

#include "dns/text.h"
#include "policy/file_fields.h"

namespace aven::policy {
namespace {

constexpr int ListPriority = -10;  // an operator's own line beats a list

constexpr std::array<std::string_view, 28> RuleKeys{
    "id",      "title",     "action",     "mode",        "names",     "domains", "except",
    "types",   "addresses", "lists",      "target",      "groups",    "clients", "except_clients",
    "exempts", "schedule",  "valid_from", "valid_until", "review_by", "reason",  "legal_basis",
    "owner",   "contact",   "category",   "ede",         "priority",  "answer",  "whole_suffix"};
constexpr std::array<std::string_view, 3> AnswerKeys{"ipv4", "ipv6", "ttl"};
constexpr std::array<std::string_view, 6> ListKeys{"file",         "url", "format", "min_entries", "max_shrink_percent",
                                                   "refresh_hours"};
constexpr std::array<std::string_view, 3> WindowKeys{"days", "from", "to"};

constexpr std::array<std::string_view, 7> Actions{"sinkhole", "nxdomain", "nodata", "refuse",
                                                  "drop",     "redirect", "allow"};
constexpr std::array<std::string_view, 3> Modes{"enforce", "observe", "off"};
constexpr std::array<std::string_view, 3> Edes{"blocked", "censored", "filtered"};
constexpr std::array<std::string_view, 6> ListFormats{"domains", "ut1", "hosts", "adblock", "dnsmasq", "rpz"};
constexpr std::array<std::string_view, 7> Days{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

// "https://...", or "http://" towards a loopback address, where nobody stands in between.
bool is_fetchable(std::string_view url) {
  constexpr std::string_view Https = "https://", Http = "http://";
  if (!is_printable(url)) return false;
  if (url.starts_with(Https)) return url.size() > Https.size() && url[Https.size()] != '/';
  if (!url.starts_with(Http)) return false;
  url.remove_prefix(Http.size());
  const auto authority = url.substr(0, url.find('/'));
  const auto server = Endpoint::parse(authority, 80);
  return server && server->address.is_loopback() && (server->address.is_v4() || authority.starts_with("[::1]"));
}

// "mailto:" with one `@`, "tel:" with a number (RFC 6068, RFC 3966), nothing that a page or a phone could stumble over.
bool is_contact(std::string_view text) {
  constexpr std::string_view Mail = "mailto:", Phone = "tel:";
  if (text.starts_with(Mail)) {
    text.remove_prefix(Mail.size());
    const auto at = text.find('@');
    return is_printable(text) && at != 0 && at != std::string_view::npos && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos;
  }
  if (!text.starts_with(Phone)) return false;
  text.remove_prefix(Phone.size());
  if (text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text[0] >= '0' && text[0] <= '9' &&
         text.find_first_not_of("0123456789().-") == std::string_view::npos;
}

class RuleReader {
 public:
  RuleReader(const Json& json, std::string pointer, const std::string& pack, ProblemSink sink, PatternStream& stream)
      : object_(json, pointer, RuleKeys, sink), sink_(sink), stream_(stream) {
    rule_.pack = pack;
    rule_.file = sink.file;
    rule_.pointer = std::move(pointer);
  }

  Rule read() {
    rule_.id = read_id(object_, "id", sink_);
    rule_.title = read_local_text(object_, "title", sink_);
    rule_.reason = read_local_text(object_, "reason", sink_);
    read_action();
    read_what();
    read_whom();
    read_when();
    read_text(object_, "legal_basis", sink_, rule_.legal_basis);
    read_text(object_, "owner", sink_, rule_.owner);
    read_category();
    object_.boolean("whole_suffix", rule_.whole_suffix);
    read_contact();
    object_.choice("ede", rule_.ede, Edes);
    read_priority();
    read_answer();
    return std::move(rule_);
  }

 private:
  void wrong(std::string_view key, std::string text) { sink_.add(object_.pointer_to(key), std::move(text)); }

  // An empty array says neither "all" nor "none" for sure.
  void not_empty(const JsonObject& object, std::string_view key) const {
    const Json* value = object.find(key);
    if (value != nullptr && value->is_array() && value->empty())
      sink_.add(object.pointer_to(key), "is empty; leave it out or name something");
  }

  void read_action() {
    if (object_.find("action") == nullptr) wrong("action", "is missing");
    std::uint8_t place = 0;  // Action::None stands before the list
    object_.choice("action", place, Actions);
    rule_.action = static_cast<Action>(place + 1);
    object_.choice("mode", rule_.mode, Modes);
    object_.string("target", rule_.target);
    const bool redirects = rule_.action == Action::Redirect;
    if (redirects && rule_.target.empty()) wrong("target", "a redirect needs its target, a name");
    if (!redirects && object_.find("target") != nullptr) wrong("target", "only a redirect has a target");
    if (redirects && !rule_.target.empty()) {
      const auto target = parse_pattern(rule_.target);
      if (!target || target->form != PatternForm::Suffix)
        wrong("target", in_quotes(rule_.target) + " is not one exact name");
    }
  }

  void patterns(std::string_view key, std::vector<PatternSource>& out) {
    const Json* value = object_.find(key);
    if (value == nullptr) return;
    const std::string pointer = object_.pointer_to(key);
    if (!value->is_array()) return wrong(key, R"(must be an array of names, ["..."])");
    PatternSource source = stream_.take_out(pointer);
    if (source.patterns.empty() && !stream_.is_broken(pointer) && key == "domains") {
      return wrong(key, "is empty; leave it out or name something");
    }
    if (!source.patterns.empty()) out.push_back(std::move(source));
  }

  void read_what() {
    patterns("domains", rule_.domains);
    patterns("except", rule_.except);
    for (const auto key : {"names", "types", "addresses", "lists", "exempts"}) not_empty(object_, key);
    object_.strings("names", [&](const std::string& text, const std::string& pointer) {
      if (!is_id(text)) sink_.add(pointer, in_quotes(text) + " is not the name of a name set");
      rule_.name_sets.push_back(text);
    });
    object_.strings("types", [&](const std::string& text, const std::string& pointer) {
      const auto type = dns::parse_type(text);
      const bool upper = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
      if (type && upper) return rule_.types.push_back(*type);
      sink_.add(pointer, in_quotes(text) + " is not a record type such as \"A\", \"HTTPS\" or \"TYPE65280\"");
    });
    object_.prefixes("addresses", rule_.addresses);
    read_lists();
    const bool lifts = object_.strings("exempts", [&](const std::string& text, const std::string& pointer) {
      const auto slash = text.find('/');
      const bool fine = slash != std::string::npos && is_id(text.substr(0, slash)) && is_id(text.substr(slash + 1));
      if (!fine) sink_.add(pointer, in_quotes(text) + " is not a rule: write \"pack/id\"");
      rule_.exempts.push_back(text);
    });
    if (lifts && rule_.action != Action::Allow) wrong("exempts", R"(only a rule with "action": "allow" exempts)");
    const bool names_something =
        object_.find("names") || object_.find("domains") || object_.find("lists") || object_.find("addresses");
    if (!names_something && !lifts) {
      sink_.add(rule_.pointer, "names nothing: it needs `names`, `domains`, `lists` or `addresses` (or `exempts`)");
    }
  }

  void read_lists() {
    const Json* lists = object_.find("lists");
    if (lists == nullptr) return;
    if (!lists->is_array()) return wrong("lists", "must be an array of lists, [{...}]");
    for (std::size_t i = 0; i < lists->size(); ++i) {
      const std::string pointer = object_.pointer_to("lists") + '/' + std::to_string(i);
      const JsonObject list{(*lists)[i], pointer, ListKeys, sink_};
      ListReference reference;
      list.string("file", reference.file);
      list.string("url", reference.url);
      const bool file = list.find("file") != nullptr, url = list.find("url") != nullptr;
      if (file == url) sink_.add(pointer, "needs either `file` or `url`");
      if (file && list.find("file")->is_string() && reference.file.empty()) sink_.add(pointer + "/file", "is empty");
      if (url && list.find("url")->is_string() && !is_fetchable(reference.url))
        sink_.add(pointer + "/url", in_quotes(reference.url) + " is not an address that begins with \"https://\"");
      if (!url && list.find("refresh_hours") != nullptr)
        sink_.add(pointer + "/refresh_hours", "only a list with `url` is fetched again");
      std::size_t format = ListFormats.size();
      list.choice("format", format, ListFormats);
      if (format < ListFormats.size()) reference.format = ListFormats[format];
      if (list.find("format") == nullptr) sink_.add(pointer + "/format", "is missing");
      list.number("min_entries", reference.min_entries, 0, UINT32_MAX);
      unsigned shrink = 0;
      list.number("max_shrink_percent", shrink, 0, 100);
      if (list.find("max_shrink_percent") != nullptr) reference.max_shrink_percent = shrink;
      list.number("refresh_hours", reference.refresh_hours, 1, 8760);
      rule_.lists.push_back(std::move(reference));
    }
  }

  void read_whom() {
    object_.strings("groups", [&](const std::string& text, const std::string& pointer) {
      if (text.empty()) return sink_.add(pointer, "is empty; name a group");
      rule_.groups.push_back(text);
    });
    object_.prefixes("clients", rule_.clients);
    object_.prefixes("except_clients", rule_.except_clients);
  }

  void read_when() {
    moment("valid_from", DayEnd::No, rule_.validity.from);
    moment("valid_until", DayEnd::Yes, rule_.validity.until);
    if (rule_.validity.from && rule_.validity.until && *rule_.validity.until <= *rule_.validity.from) {
      wrong("valid_until", "is before valid_from: the rule would never be in force");
    }
    rule_.review_by = read_day(object_, "review_by", sink_);
    read_schedule();
  }

  void moment(std::string_view key, DayEnd day_end, std::optional<date::local_seconds>& out) {
    std::string text;
    object_.string(key, text);
    const Json* value = object_.find(key);
    if (value == nullptr || !value->is_string()) return;
    const auto parsed = parse_moment(text, day_end);
    if (parsed) {
      out = *parsed;
    } else {
      wrong(key, in_quotes(text) + ' ' + parsed.error());
    }
  }

  void read_schedule() {
    const Json* windows = object_.find("schedule");
    if (windows == nullptr) return;
    not_empty(object_, "schedule");
    if (!windows->is_array())
      return wrong("schedule", R"(must be an array, [{"days": [...], "from": "08:00", "to": "18:30"}])");
    for (std::size_t i = 0; i < windows->size(); ++i) {
      const std::string pointer = object_.pointer_to("schedule") + '/' + std::to_string(i);
      const JsonObject window{(*windows)[i], pointer, WindowKeys, sink_};
      rule_.validity.schedule.push_back(read_window(window));
    }
  }

  ScheduleWindow read_window(const JsonObject& window) {
    ScheduleWindow out;
    const bool given = window.strings("days", [&](const std::string& text, const std::string& pointer) {
      const auto day = std::find(Days.begin(), Days.end(), text);
      if (day == Days.end())
        return sink_.add(pointer, in_quotes(text) + " is not a day: mon, tue, wed, thu, fri, sat, sun");
      out.days[static_cast<std::size_t>(day - Days.begin())] = true;
    });
    if (given) {
      not_empty(window, "days");
    } else if (window.find("days") == nullptr) {
      sink_.add(window.pointer_to("days"), "is missing");
    }
    for (const auto& [key, place] :
         {std::pair<std::string_view, std::chrono::minutes*>{"from", &out.from}, {"to", &out.to}}) {
      std::string text;
      window.string(key, text);
      const Json* value = window.find(key);
      if (value == nullptr) sink_.add(window.pointer_to(key), "is missing");
      if (value == nullptr || !value->is_string()) continue;
      const auto time = parse_time_of_day(text);
      if (time) {
        *place = *time;
      } else {
        sink_.add(window.pointer_to(key), in_quotes(text) + ' ' + time.error());
      }
    }
    return out;
  }

  void read_category() {
    read_text(object_, "category", sink_, rule_.category);
    const std::string& category = rule_.category;
    const bool fine = is_id(category) && category[0] >= 'a' && category.find('_') == std::string::npos;
    if (!category.empty() && !fine)
      wrong("category", in_quotes(category) + " is not a category: lower-case letters, digits and `-`, a letter first");
  }

  void read_contact() {
    object_.strings("contact", [&](const std::string& text, const std::string& pointer) {
      if (is_contact(text)) return rule_.contact.push_back(text);
      sink_.add(pointer,
                in_quotes(text) + R"( is not an address such as "mailto:dsi@ville.example" or "tel:+33467000000")");
    });
  }

  void read_priority() {
    if (!rule_.lists.empty()) rule_.priority = ListPriority;
    const Json* value = object_.find("priority");
    if (value == nullptr) return;
    const bool small = value->is_number_unsigned() ? value->get<std::uint64_t>() <= 1000
                                                   : value->is_number_integer() && value->get<std::int64_t>() >= -1000;
    if (!small) {
      return wrong("priority", "must be a whole number from -1000 to 1000");
    }
    rule_.priority = value->get<int>();
  }

  void read_answer() {
    const Json* value = object_.find("answer");
    if (value == nullptr) return;
    const JsonObject answer{*value, object_.pointer_to("answer"), AnswerKeys, sink_};
    addresses(answer, "ipv4", true, rule_.answer.ipv4);
    addresses(answer, "ipv6", false, rule_.answer.ipv6);
    std::uint32_t ttl = 0;
    answer.number("ttl", ttl, 0, 86400);
    if (answer.find("ttl") != nullptr) rule_.answer.ttl = ttl;
  }

  void addresses(const JsonObject& answer, std::string_view key, bool v4, std::optional<std::vector<IpAddress>>& out) {
    std::vector<IpAddress> read;
    const bool given = answer.strings(key, [&](const std::string& text, const std::string& pointer) {
      const auto address = IpAddress::parse(text);
      if (address && address->is_v4() == v4) return read.push_back(*address);
      sink_.add(pointer, in_quotes(text) + (v4 ? " is not an IPv4 address" : " is not an IPv6 address"));
    });
    if (given) out = std::move(read);
  }

  JsonObject object_;
  ProblemSink sink_;
  PatternStream& stream_;
  Rule rule_;
};

}  // namespace

Rule read_rule(const Json& json, const std::string& pointer, const std::string& pack, const ProblemSink& sink,
               PatternStream& stream) {
  return RuleReader{json, pointer, pack, sink, stream}.read();
}

}  // namespace aven::policy
