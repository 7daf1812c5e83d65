#include "app/list_files.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "app/list_content.h"
#include "app/sha256.h"
#include "app/text_file.h"
#include "policy/list_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using policy::ListFormat;
using policy::ListReference;
using policy::ParsedList;
using policy::Severity;

struct Content {
  ParsedList list;
  std::string sha256;
  std::string failure;
};

Content read_content(const fs::path& file, ListFormat format, policy::Action action, std::size_t skip = 0) {
  policy::ListParser parser{format, action};
  ListReading reading = feed_list(file, parser, skip);
  return {parser.finish(), std::move(reading.sha256), std::move(reading.failure)};
}

class Reader {
 public:
  Reader(const ListPlaces& places, ListSource source) : places_(places), source_(source) {}

  void read(policy::Rule& rule, std::size_t index) {
    const ListReference& list = rule.lists[index];
    const auto format = policy::parse_list_format(list.format);
    if (!format || list.name().empty()) return;  // a problem of the rule file
    const Teller tell{rule, index, out_.problems};
    if (rule.mode == policy::Mode::Off) {
      return tell("", "the list " + list.name() + " is not read: the rule is off", Severity::Note);
    }
    if (source_ == ListSource::Copies) return read_copy(rule, list, *format, tell);
    const fs::path file = places_.file_of(list);
    if (*format == ListFormat::Ut1 && rule.action != policy::Action::Allow && is_white_category(file.parent_path())) {
      return tell("/file", "its `usage` says white: the names of this category are to be allowed, not blocked",
                  Severity::Error);
    }
    if (*format == ListFormat::Ut1) note_unread_files(list, file.parent_path());
    if (list.url.empty()) {
      out_.watched.push_back(file.parent_path());
    } else {
      out_.fetched.push_back(list);
    }
    read_file(rule, list, file, *format, tell);
  }

  ReadLists finish() {
    std::sort(out_.watched.begin(), out_.watched.end());
    out_.watched.erase(std::unique(out_.watched.begin(), out_.watched.end()), out_.watched.end());
    return std::move(out_);
  }

 private:
  struct Teller {
    const policy::Rule& rule;
    std::size_t index;
    policy::Problems& problems;

    void operator()(const char* key, std::string text, Severity severity) const {
      problems.push_back(
          {rule.file, rule.pointer + "/lists/" + std::to_string(index) + key, std::move(text), severity});
    }
  };

  void read_file(policy::Rule& rule, const ListReference& list, const fs::path& file, ListFormat format,
                 const Teller& tell) {
    const fs::path copy = places_.copy_of(list);
    Content content = read_content(file, format, rule.action);
    std::string why =
        content.failure.empty() ? refusal(list, content.list, read_copy_head(copy)) : unreadable(list, file, content);
    if (why.empty()) {
      out_.good.push_back({file, copy, content.sha256, content.list.entries()});
      out_.used.push_back({list.name(), list.format, content.sha256, content.list.entries(), file, 0});
      return take(rule, list, std::move(content.list));
    }
    content = {};
    read_copy(rule, list, format, tell, why);
  }

  // `why`: what is wrong with the list's own file; empty: it is not wanted.
  void read_copy(policy::Rule& rule, const ListReference& list, ListFormat format, const Teller& tell,
                 const std::string& why = {}) {
    const char* key = list.url.empty() ? "/file" : "/url";
    const fs::path copy = places_.copy_of(list);
    const auto head = read_copy_head(copy);
    Content content;
    if (head) content = read_content(copy, format, rule.action, head->size);
    if (!head || !content.failure.empty() || content.sha256 != head->sha256) {
      const std::string what = why.empty() ? list.name() : why;
      if (list.url.empty()) return tell(key, what + "; there is no good copy of it", Severity::Error);
      return tell(key, what + "; the rule acts without it until it is here", Severity::Warning);
    }
    if (!why.empty()) {
      tell(key, why + "; its last good version runs on, with " + std::to_string(content.list.entries()) + " names",
           Severity::Warning);
    }
    out_.used.push_back({list.name(), list.format, head->sha256, content.list.entries(), copy, head->size});
    take(rule, list, std::move(content.list));
  }

  // What a category of Toulouse holds beside `domains`: addresses with paths, and expressions on them.
  void note_unread_files(const ListReference& list, const fs::path& category) {
    for (const char* name : {"urls", "expressions"}) {
      const auto text = read_text(category / name);
      if (!text || text->empty()) continue;
      const auto lines = std::count(text->begin(), text->end(), '\n') + (text->back() == '\n' ? 0 : 1);
      out_.problems.push_back({list.file + '/' + name, "",
                               std::to_string(lines) + " lines set aside: DNS sees names, not paths", Severity::Note});
    }
  }

  static std::string unreadable(const ListReference& list, const fs::path& file, const Content& content) {
    std::error_code ignored;
    if (!list.url.empty() && !fs::exists(file, ignored)) return list.url + " is not fetched yet";
    return "cannot read " + (list.url.empty() ? file.string() : list.url) + ": " + content.failure;
  }

  // Why a list that can be read is not taken; empty if it is.
  static std::string refusal(const ListReference& list, const ParsedList& parsed, const std::optional<CopyHead>& head) {
    const std::size_t entries = parsed.entries();
    const std::string has = list.name() + " has " + std::to_string(entries) + " names";
    if (entries < list.min_entries) return has + ", less than min_entries " + std::to_string(list.min_entries);
    if (head && list.max_shrink_percent && entries * 100 < head->entries * (100 - *list.max_shrink_percent)) {
      return has + " where there were " + std::to_string(head->entries) + ", shrunk by more than max_shrink_percent " +
             std::to_string(*list.max_shrink_percent);
    }
    return {};
  }

  void take(policy::Rule& rule, const ListReference& list, ParsedList parsed) {
    for (auto& note : policy::notes_of(parsed, list.name())) out_.problems.push_back(std::move(note));
    if (parsed.entries() == 0) {
      out_.problems.push_back(
          {list.name(), "", "names nothing; is " + list.format + " its format?", Severity::Warning});
    }
    if (!parsed.names.empty()) rule.domains.push_back({list.name(), "", std::move(parsed.names), true});
    for (auto& [answer, patterns] : parsed.own) {
      if (!patterns.empty()) rule.domains.push_back({list.name(), "", std::move(patterns), true, answer});
    }
    if (!parsed.excepts.empty()) rule.except.push_back({list.name(), "", std::move(parsed.excepts), true});
  }

  const ListPlaces& places_;
  ListSource source_;
  ReadLists out_;
};

std::optional<std::string> write_copy(const ReadList& list, std::string content) {
  std::error_code error;
  fs::create_directories(list.copy.parent_path(), error);
  if (error) return error.message();
  return write_text_safely(list.copy, [&](const PutText& put) {
    put(list_copy_head(list.sha256, list.entries));
    put(content);
  });
}

}  // namespace

ReadLists read_lists(policy::RuleSet& rules, const ListPlaces& places, ListSource source) {
  Reader reader{places, source};
  for (auto& rule : rules.rules) {
    for (std::size_t i = 0; i < rule.lists.size(); ++i) reader.read(rule, i);
  }
  return reader.finish();
}

std::optional<policy::Problem> keep_lists(const std::vector<ReadList>& lists) {
  std::optional<policy::Problem> problem;
  for (const auto& list : lists) {
    const auto head = read_copy_head(list.copy);
    if (head && head->sha256 == list.sha256 && head->entries == list.entries) continue;
    auto content = read_text(list.file);
    if (!content) continue;
    Sha256 sha;
    sha.add(*content);
    if (sha.finish() != list.sha256) continue;  // it changed meanwhile: a reload follows
    if (const auto failure = write_copy(list, std::move(*content)); failure && !problem) {
      problem =
          policy::Problem{list.copy.string(), "", "cannot keep a copy of the list: " + *failure, Severity::Warning};
    }
  }
  return problem;
}

}  // namespace aven::app
