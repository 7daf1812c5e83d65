#include "policy/rule_file.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "dns/text.h"
#include "policy/json_object.h"
#include "policy/json_text.h"

namespace aven::policy {
namespace {

constexpr std::uint64_t Format = 1;
constexpr int ListPriority = -10;  // an operator's own line beats a list

constexpr std::array<std::string_view, 6> PackKeys{"$schema", "format", "pack", "title", "rules", "must_resolve"};
constexpr std::array<std::string_view, 28> RuleKeys{
    "id",      "title",     "action",     "mode",        "names",     "domains", "except",
    "types",   "addresses", "lists",      "target",      "groups",    "clients", "except_clients",
    "exempts", "schedule",  "valid_from", "valid_until", "review_by", "reason",  "legal_basis",
    "owner",   "contact",   "category",   "ede",         "priority",  "answer",  "whole_suffix"};
constexpr std::array<std::string_view, 8> NameSetKeys{"$schema", "format", "names",   "version",
                                                      "source",  "title",  "domains", "must_resolve"};
constexpr std::array<std::string_view, 3> DomainKeys{"name", "role", "source"};
constexpr std::array<std::string_view, 2> TextKeys{"en", "fr"};
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

bool is_id(std::string_view text) {
  const auto lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 63 && lower_or_digit(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return lower_or_digit(c) || c == '-' || c == '_'; });
}

bool is_https(std::string_view url) {
  constexpr std::string_view Scheme = "https://";
  return url.starts_with(Scheme) && url.size() > Scheme.size() && url[Scheme.size()] != '/' &&
         url.find_first_of(" \t\r\n") == std::string_view::npos;
}

LocalText read_text(const JsonObject& object, std::string_view key, const ProblemSink& sink) {
  LocalText text;
  const Json* value = object.find(key);
  if (value == nullptr) return text;
  const JsonObject texts{*value, object.pointer_to(key), TextKeys, sink};
  for (const auto& [language, out] : {std::pair<std::string_view, std::string*>{"en", &text.en}, {"fr", &text.fr}}) {
    texts.string(language, *out);
    const Json* given = texts.find(language);
    if (given != nullptr && given->is_string() && out->empty()) sink.add(texts.pointer_to(language), "is empty");
  }
  if (value->is_object() && value->empty() && text.en.empty() && text.fr.empty()) {
    sink.add(object.pointer_to(key), R"(needs a text: {"en": "..."}, {"fr": "..."} or both)");
  }
  return text;
}

void check_format(const JsonObject& object, const ProblemSink& sink) {
  const Json* format = object.find("format");
  if (format == nullptr) {
    sink.add("", R"("format" is missing; write "format": 1)");
  } else if (!format->is_number_unsigned()) {
    sink.add(object.pointer_to("format"), "must be 1");
  } else if (format->get<std::uint64_t>() > Format) {
    sink.add(object.pointer_to("format"), "this file is for a newer Aven; this one knows format 1");
  } else if (format->get<std::uint64_t>() == 0) {
    sink.add(object.pointer_to("format"), "must be 1");
  }
}

std::string read_id(const JsonObject& object, std::string_view key, const ProblemSink& sink) {
  std::string id;
  if (object.find(key) == nullptr) {
    sink.add(object.pointer_to(key), "is missing");
    return id;
  }
  object.string(key, id);
  if (object.find(key)->is_string() && !is_id(id)) {
    sink.add(object.pointer_to(key),
             in_quotes(id) + " is not an id: lower-case letters, digits, `-` and `_`, at most 63");
  }
  return id;
}

void read_must_resolve(const JsonObject& object, const std::string& pack, const ProblemSink& sink,
                       std::vector<MustResolve>& out) {
  object.strings("must_resolve", [&](const std::string& text, const std::string& pointer) {
    const auto pattern = parse_pattern(text);
    if (!pattern || pattern->form != PatternForm::Suffix) {
      sink.add(pointer, in_quotes(text) + " is not one exact name such as \"www.ville.example\"");
      return;
    }
    out.push_back({pattern->name, pack, sink.file, pointer});
  });
}

// The strings of arrays called `domains` and `except`, which go past the tree (a pack may hold a million).
class PatternStream {
 public:
  PatternStream(const std::string& file, Problems& problems) : file_(file), problems_(problems) {}

  bool take(const std::string& array, std::size_t index, const std::string& text) {
    if (!array.ends_with("/domains") && !array.ends_with("/except")) return false;
    if (source_ == nullptr || source_->pointer != array) source_ = &source_of(array);
    auto pattern = parse_pattern(text);
    if (pattern) {
      source_->patterns.add(*pattern);
    } else {
      problems_.push_back(
          {file_, array + '/' + std::to_string(index), in_quotes(text) + ' ' + pattern.error(), Severity::Error});
      broken_.insert(array);
    }
    return true;
  }

  // What an array gave; the array must have been read.
  PatternSource take_out(const std::string& array) {
    PatternSource source = std::move(source_of(array));
    sources_.erase(array);
    source_ = nullptr;
    return source;
  }
  bool is_broken(const std::string& array) const { return broken_.contains(array); }

 private:
  PatternSource& source_of(const std::string& array) {
    auto& source = sources_[array];
    source.file = file_;
    source.pointer = array;
    return source;
  }

  const std::string& file_;
  Problems& problems_;
  std::map<std::string, PatternSource> sources_;
  std::set<std::string> broken_;
  PatternSource* source_ = nullptr;
};

struct NameSet {
  std::string name, file;
  PatternSource domains;
  std::vector<MustResolve> must_resolve;  // `pack` is filled in for each pack that uses the set
};

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
    rule_.title = read_text(object_, "title", sink_);
    rule_.reason = read_text(object_, "reason", sink_);
    read_action();
    read_what();
    read_whom();
    read_when();
    text("legal_basis", rule_.legal_basis);
    text("owner", rule_.owner);
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

  void text(std::string_view key, std::string& out) {
    object_.string(key, out);
    const Json* value = object_.find(key);
    if (value != nullptr && value->is_string() && out.empty()) wrong(key, "is empty; leave it out or write something");
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
    for (const auto& element : *value) {  // strings are in the stream already
      if (!element.is_string()) wrong(key, "must hold only texts in quotes");
    }
    PatternSource source = stream_.take_out(pointer);
    if (source.patterns.empty() && value->empty() && !stream_.is_broken(pointer) && key == "domains") {
      return wrong(key, "is empty; leave it out or name something");
    }
    if (!source.patterns.empty()) out.push_back(std::move(source));
  }

  void read_what() {
    patterns("domains", rule_.domains);
    patterns("except", rule_.except);
    for (const auto key : {"names", "types", "addresses", "lists", "exempts"}) not_empty(object_, key);
    object_.strings("names", [&](const std::string& text, const std::string&) { rule_.name_sets.push_back(text); });
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
      if (url && list.find("url")->is_string() && !is_https(reference.url))
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
    object_.strings("groups", [&](const std::string& text, const std::string&) { rule_.groups.push_back(text); });
    object_.prefixes("clients", rule_.clients);
    object_.prefixes("except_clients", rule_.except_clients);
  }

  void read_when() {
    moment("valid_from", DayEnd::No, rule_.validity.from);
    moment("valid_until", DayEnd::Yes, rule_.validity.until);
    if (rule_.validity.from && rule_.validity.until && *rule_.validity.until <= *rule_.validity.from) {
      wrong("valid_until", "is before valid_from: the rule would never be in force");
    }
    std::string review;
    object_.string("review_by", review);
    const Json* written = object_.find("review_by");
    if (written != nullptr && written->is_string()) {
      const auto day = parse_moment(review, DayEnd::No);
      if (day && review.size() == 10) {
        rule_.review_by = date::floor<date::days>(*day);
      } else {
        wrong("review_by", in_quotes(review) + " is not a day such as 2027-01-31");
      }
    }
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
    text("category", rule_.category);
    const std::string& category = rule_.category;
    const bool fine = is_id(category) && category[0] >= 'a' && category.find('_') == std::string::npos;
    if (!category.empty() && !fine)
      wrong("category", in_quotes(category) + " is not a category: lower-case letters, digits and `-`, a letter first");
  }

  void read_contact() {
    object_.strings("contact", [&](const std::string& text, const std::string& pointer) {
      if (text.starts_with("mailto:") || text.starts_with("tel:")) return rule_.contact.push_back(text);
      sink_.add(pointer, in_quotes(text) + R"( must begin with "mailto:" or "tel:")");
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

class Loader {
 public:
  LoadedRules load(const RuleTexts& texts) {
    for (const auto& text : texts.name_sets) load_name_set(text);
    for (const auto& text : texts.packs) load_pack(text);
    std::sort(rules().begin(), rules().end(), [](const Rule& a, const Rule& b) { return a.full_id() < b.full_id(); });
    check_unique();
    check_exempts();
    return std::move(out_);
  }

 private:
  std::vector<Rule>& rules() { return out_.rules.rules; }
  Problems& problems() { return out_.problems; }

  bool parse(const SourceText& text, PatternStream& stream, Json& out) {
    return parse_json(text.file, text.text, Comments::No, out, problems(),
                      [&](const std::string& array, std::size_t index, const std::string& value) {
                        return stream.take(array, index, value);
                      }) ||
           out.is_object();
  }

  void load_name_set(const SourceText& text) {
    Json json;
    if (!parse_json(text.file, text.text, Comments::No, json, problems()) && !json.is_object()) return;
    const ProblemSink sink{problems(), text.file};
    const JsonObject object{json, "", NameSetKeys, sink};
    if (!json.is_object()) return;
    check_format(object, sink);
    NameSet set;
    set.name = read_id(object, "names", sink);
    set.file = text.file;
    for (const auto key : {"version", "source"}) {
      std::string ignored;
      object.string(key, ignored);
    }
    read_text(object, "title", sink);
    set.domains.file = text.file;
    set.domains.pointer = "/domains";
    read_domains(object, sink, set);
    read_must_resolve(object, "", sink, set.must_resolve);
    if (!set.name.empty()) name_sets_.try_emplace(set.name, std::move(set));
  }

  void read_domains(const JsonObject& object, const ProblemSink& sink, NameSet& set) {
    const Json* domains = object.find("domains");
    if (domains == nullptr) return sink.add("/domains", "is missing");
    if (!domains->is_array()) return sink.add("/domains", "must be an array");
    if (domains->empty()) return sink.add("/domains", "is empty; a name set names something");
    for (std::size_t i = 0; i < domains->size(); ++i) {
      const std::string pointer = "/domains/" + std::to_string(i);
      const JsonObject domain{(*domains)[i], pointer, DomainKeys, sink};
      std::string name, ignored;
      domain.string("name", name);
      domain.string("role", ignored);
      domain.string("source", ignored);
      if (!(*domains)[i].is_object()) continue;
      if (domain.find("name") == nullptr) {
        sink.add(pointer + "/name", "is missing");
        continue;
      }
      auto pattern = parse_pattern(name);
      if (pattern) {
        set.domains.patterns.add(*pattern);
      } else {
        sink.add(pointer + "/name", in_quotes(name) + ' ' + pattern.error());
      }
    }
  }

  void load_pack(const SourceText& text) {
    PatternStream stream{text.file, problems()};
    Json json;
    if (!parse(text, stream, json)) return;
    const ProblemSink sink{problems(), text.file};
    const JsonObject object{json, "", PackKeys, sink};
    if (!json.is_object()) return;
    check_format(object, sink);
    const std::string pack = read_id(object, "pack", sink);
    out_.rules.packs.push_back({pack, text.file, read_text(object, "title", sink)});
    read_must_resolve(object, pack, sink, out_.rules.must_resolve);
    const Json* list = object.find("rules");
    if (list == nullptr) return sink.add("/rules", "is missing");
    if (!list->is_array()) return sink.add("/rules", "must be an array of rules, [{...}]");
    for (std::size_t i = 0; i < list->size(); ++i) {
      Rule rule = RuleReader{(*list)[i], "/rules/" + std::to_string(i), pack, sink, stream}.read();
      use_name_sets(rule, sink);
      rules().push_back(std::move(rule));
    }
  }

  void use_name_sets(Rule& rule, const ProblemSink& sink) {
    for (std::size_t i = 0; i < rule.name_sets.size(); ++i) {
      const auto set = name_sets_.find(rule.name_sets[i]);
      if (set == name_sets_.end()) {
        sink.add(rule.pointer + "/names/" + std::to_string(i), unknown_set(rule.name_sets[i]));
        continue;
      }
      rule.domains.push_back(set->second.domains);
      for (auto must : set->second.must_resolve) {
        must.pack = rule.pack;
        out_.rules.must_resolve.push_back(std::move(must));
      }
    }
  }

  std::string unknown_set(const std::string& name) const {
    std::vector<std::string_view> known;
    for (const auto& [other, set] : name_sets_) known.push_back(other);
    const auto nearest = nearest_key(name, known);
    std::string text = "there is no name set " + in_quotes(name);
    if (!nearest.empty()) text += "; did you mean \"" + std::string{nearest} + "\"?";
    return text;
  }

  void check_unique() {
    std::map<std::string, std::string> packs;
    for (const auto& pack : out_.rules.packs) {
      const auto [first, added] = packs.try_emplace(pack.name, pack.file);
      if (!added && !pack.name.empty()) {
        problems().push_back(
            {pack.file, "/pack", in_quotes(pack.name) + " is also the pack of " + first->second, Severity::Error});
      }
    }
    for (std::size_t i = 1; i < rules().size(); ++i) {
      const Rule& a = rules()[i - 1];
      const Rule& b = rules()[i];
      if (b.id.empty() || a.full_id() != b.full_id()) continue;
      problems().push_back({b.file, b.pointer + "/id",
                            "rule " + in_quotes(b.full_id()) + " is also at " + a.file + ' ' + a.pointer,
                            Severity::Error});
    }
  }

  void check_exempts() {
    std::vector<std::string> ids;
    for (const auto& rule : rules()) ids.push_back(rule.full_id());
    const std::vector<std::string_view> known{ids.begin(), ids.end()};
    for (const auto& rule : rules()) {
      for (std::size_t i = 0; i < rule.exempts.size(); ++i) {
        if (std::binary_search(known.begin(), known.end(), rule.exempts[i])) continue;
        const auto nearest = nearest_key(rule.exempts[i], known);
        std::string text = "there is no rule " + in_quotes(rule.exempts[i]);
        if (!nearest.empty()) text += "; did you mean \"" + std::string{nearest} + "\"?";
        problems().push_back({rule.file, rule.pointer + "/exempts/" + std::to_string(i), text, Severity::Error});
      }
    }
  }

  LoadedRules out_;
  std::map<std::string, NameSet> name_sets_;
};

}  // namespace

LoadedRules load_rules(const RuleTexts& texts) {
  return Loader{}.load(texts);
}

}  // namespace aven::policy
