// Scene: a story for the whole pipeline, told in JSON and played in virtual time: clients ask, a fake network answers or
// does not, rules change; what each client gets is compared with what the scene expects. A scene with `rehearsal` is played
// with every rule enforced and with every rule observed, and each rule must count in both what it says there.
// README.md tells the keys.
// Thread: one.   Fails: a scene that cannot be read throws; what differs comes back as sentences.
#pragma once

#include <string>
#include <vector>

namespace aven::test {

std::vector<std::string> play_scene(const std::string& path);

}  // namespace aven::test
