#include <iostream>
#include <optional>

#include "app/commands.h"
#include "app/journal_reader.h"
#include "app/loading.h"
#include "app/policy_history.h"
#include "app/told.h"
#include "base/tick.h"
#include "dns/text.h"
#include "policy/calendar.h"

namespace aven::app {
namespace {

// The question but for its moment, which needs the configuration's time zone.
std::optional<Question> parse_question(const ExplainOptions& options) {
  const auto wrong = [](const char* option, const std::string& text) {
    std::cerr << "aven explain: " << option << " \"" << text << "\" cannot be read.\n";
    return std::nullopt;
  };
  Question question;
  const auto name = dns::Name::from_text(options.name);
  if (!name) return wrong("the name", options.name);
  question.name = *name;
  const auto type = dns::parse_type(options.type);
  if (!type) return wrong("--type", options.type);
  question.type = *type;
  const auto client = IpAddress::parse(options.client);
  if (!client) return wrong("--client", options.client);
  question.client = *client;
  return question;
}

LoadedSet set_of_files(const ExplainOptions& options) {
  Places places;
  places.config = options.config;
  return Loading{places}.from_files(1, read_wall_time());
}

int explain_files(const ExplainOptions& options, Question question, std::optional<date::local_seconds> moment) {
  const LoadedSet set = set_of_files(options);
  if (!set.loaded.usable()) {
    for (const auto& problem : set.loaded.problems) std::cerr << policy::to_text(problem) << '\n';
    std::cerr << "These files are refused, so there is nothing to explain.\n";
    return ProblemsFound;
  }
  question.at = moment ? set.loaded.calendar->utc(*moment) : read_wall_time();
  const Told told = tell(set, question);
  if (options.json) {
    std::cout << to_json(told) << '\n';
  } else {
    std::cout << to_words(told, spoken_language(set.config.policy.language));
  }
  return Done;
}

// The daemon decides by what it loaded; the files may say something else by now.
int explain_running(const ExplainOptions& options, AskDaemon& daemon) {
  const LoadedSet files = set_of_files(options);
  const auto language = spoken_language(files.config.policy.language);
  std::string path = "/api/v1/explain?name=" + url_escaped(options.name) + "&type=" + url_escaped(options.type) +
                     "&client=" + url_escaped(options.client);
  if (!options.at.empty()) path += "&at=" + url_escaped(options.at);
  if (!options.json) path += "&words=" + std::string{code(language)};
  const auto told = daemon.get(path);
  if (!told) return daemon.code();
  std::cout << (options.json ? told->dump(2) + '\n' : told->value("words", std::string{}));

  constexpr Phrase Refused{"\nThis is what runs. The files have errors: `aven check` lists them.\n",
                           "\nC'est ce qui est en service. Les fichiers ont des erreurs : `aven check` les liste.\n"};
  constexpr Phrase Differ{"\nThis is what runs. The files differ: `aven explain --files` asks them.\n",
                          "\nC'est ce qui est en service. Les fichiers diffèrent : `aven explain --files` les "
                          "interroge.\n"};
  if (!files.loaded.usable()) {
    std::cerr << Refused.in(language);
  } else if (files.loaded.policy->id() != told->value("policy", std::string{})) {
    std::cerr << Differ.in(language);
  }
  return Done;
}

// By the policy that was in force at that moment, as the journal tells. Nothing if the files are to be asked.
std::optional<int> explain_past(const ExplainOptions& options, Question question, date::local_seconds moment) {
  Places places;
  places.config = options.config;
  const Loading loading{places};
  const Config config = loading.configuration().config;
  const auto calendar = policy::Calendar::for_zone(config.policy.timezone, config.policy.timezone_rule);
  const WallTime now = read_wall_time();
  if (!calendar || calendar->utc(moment) >= now) return std::nullopt;
  question.at = calendar->utc(moment);
  const auto lines = read_journal(config.state / "journal").lines;
  if (lines.empty()) return std::nullopt;
  const auto language = spoken_language(config.policy.language);
  const auto say = [&](Phrase phrase) { return phrase.in(language); };
  const auto known = policy_in_force(lines, question.at);
  if (!known) {
    std::cerr << say({"Which policy was in force then is not known: the journal begins at ",
                      "La politique alors en vigueur n'est pas connue : le journal commence le "})
              << utc_text(lines.front().at)
              << say({". `--files` asks the files of now.\n", ". `--files` interroge les fichiers actuels.\n"});
    return ProblemsFound;
  }
  const auto set = loading.from_archive(known->id, 1, now);
  if (!set) {
    std::cerr << say({"Policy ", "La politique "}) << known->id
              << say({" was in force then, but what it said is not known: ",
                      " était en vigueur, mais ce qu'elle disait n'est pas connu : "})
              << set.error() << '\n';
    return ProblemsFound;
  }
  if (!known->running) {
    std::cerr << say({"Aven had been stopped then; this is the policy that had run last.\n",
                      "Aven était arrêté à ce moment ; voici la dernière politique en vigueur.\n"});
  }
  const Told told = tell(*set, question);
  std::cout << (options.json ? to_json(told) + '\n' : to_words(told, language));
  return Done;
}

}  // namespace

int explain(const ExplainOptions& options) {
  const auto question = parse_question(options);
  if (!question) return WrongUsage;
  std::optional<date::local_seconds> moment;
  if (!options.at.empty()) {
    const auto parsed = policy::parse_moment(options.at, policy::DayEnd::No);
    if (!parsed) {
      std::cerr << "aven explain: --at \"" << options.at << "\": " << parsed.error() << '\n';
      return WrongUsage;
    }
    moment = *parsed;
  }
  if (!options.files) {
    if (const auto code = moment ? explain_past(options, *question, *moment) : std::nullopt) return *code;
    AskDaemon daemon{"explain", {options.config, options.socket, options.json}, ProblemsFound};
    if (daemon.is_running()) return explain_running(options, daemon);
  }
  return explain_files(options, *question, moment);
}

}  // namespace aven::app
