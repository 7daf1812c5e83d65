#include "policy/pattern_watch.h"

namespace aven::policy {
namespace {

RE2::Options options() {
  RE2::Options options{RE2::Latin1};
  options.set_log_errors(false);
  return options;
}

std::string key_of(const dns::Name& name) {
  const auto wire = name.wire();
  return {reinterpret_cast<const char*>(wire.data()), wire.size()};
}

// `name` has `labels` labels more than the suffix at which the pattern stands.
bool fits(PatternForm form, std::string_view glob, const dns::Name& name, std::size_t labels) noexcept {
  switch (form) {
    case PatternForm::Suffix:
      return true;
    case PatternForm::Exact:
      return labels == 0;
    case PatternForm::Below:
      return labels > 0;
    case PatternForm::Glob:
    case PatternForm::ExactGlob: {
      if (labels == 0 || (form == PatternForm::ExactGlob && labels != 1)) return false;
      const auto from = name.without_first(labels - 1);
      const auto label = from.wire().subspan(1, from.wire()[0]);
      return fits_glob({reinterpret_cast<const char*>(label.data()), label.size()}, glob);
    }
    default:
      return false;
  }
}

}  // namespace

// The last `*` may always take one octet more, so going back to it is enough.
bool fits_glob(std::string_view label, std::string_view glob) noexcept {
  std::size_t at = 0, in_glob = 0, star = std::string_view::npos, taken = 0;
  while (at < label.size()) {
    if (in_glob < glob.size() && glob[in_glob] == '*') {
      star = in_glob++;
      taken = at;
    } else if (in_glob < glob.size() && glob[in_glob] == label[at]) {
      ++in_glob;
      ++at;
    } else if (star != std::string_view::npos) {
      in_glob = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', in_glob) == std::string_view::npos;
}

PatternWatch::PatternWatch(const Rule& rule) {
  for (const auto& source : rule.domains) {
    source.patterns.for_each([this](std::size_t, const Pattern& pattern) {
      const std::size_t index = texts_.size();
      texts_.push_back(to_text(pattern));
      if (pattern.form == PatternForm::Regex) {
        expressions_.emplace_back(index, std::make_unique<RE2>(pattern.label, options()));
      } else {
        by_suffix_[key_of(pattern.name)].push_back({index, pattern.form, pattern.label});
      }
    });
  }
}

void PatternWatch::find(const dns::Name& name, const std::function<void(std::size_t index)>& visit) const {
  for (std::size_t labels = 0; labels <= name.label_count(); ++labels) {
    const auto found = by_suffix_.find(key_of(name.without_first(labels)));
    if (found == by_suffix_.end()) continue;
    for (const auto& pattern : found->second) {
      if (fits(pattern.form, pattern.label, name, labels)) visit(pattern.index);
    }
  }
  if (expressions_.empty()) return;
  const std::string text = name.text();
  for (const auto& [index, expression] : expressions_) {
    if (RE2::PartialMatch(text, *expression)) visit(index);
  }
}

}  // namespace aven::policy
