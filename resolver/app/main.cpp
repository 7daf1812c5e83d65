#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/daemon_commands.h"
#include "app/record_commands.h"

namespace {

using namespace aven::app;

void add_setup(CLI::App& program, int& code, SetupOptions& options) {
  auto* command = add_command(program, {"setup", "Write a first configuration, once; asks nothing",
                                        "aven setup --listen 10.1.0.53 --listen [2001:db8::53]"});
  command
      ->add_option("--listen", options.listen, "Address to answer on; the port is 53 if none is given. May be repeated")
      ->type_name("ADDRESS")
      ->required();
  command
      ->add_option("--upstream", options.upstreams,
                   "Server to ask; without it those of /etc/resolv.conf. May be repeated")
      ->type_name("ADDRESS");
  command->add_option("-c,--config", options.config, "Where to write it")->type_name("FILE")->capture_default_str();
  command->add_flag("--force", options.force, "Replace a configuration that is there");
  command->callback([&] { code = setup(options); });
}

void add_passwd(CLI::App& program, int& code, PasswdOptions& account) {
  auto* command = add_command(
      program, {"passwd", "Give an account of the status page a password, read from the terminal or from stdin",
                "aven passwd marie --role operator"});
  add_config(command, account.config);
  command->add_option("NAME", account.name, "The account; it is made if it is not there")->required();
  auto* role = command->add_option("--role", account.role, "viewer sees no client's address; operator may")
                   ->check(CLI::IsMember({"viewer", "operator"}))
                   ->capture_default_str();
  command->add_flag("--remove", account.remove, "Remove the account");
  command->callback([&code, &account, role] {
    account.role_given = role->count() > 0;
    code = passwd(account);
  });
}

void add_import(CLI::App& program, int& code, ImportOptions& options) {
  auto* command =
      add_command(program, {"import", "Write a block list as a pack on stdout; what it leaves out on stderr",
                            "aven import hosts /tmp/hosts.txt > rules/ads.json"});
  command->add_option("FORMAT", options.format, "domains, hosts, adblock, dnsmasq, rpz or ut1")->required();
  command->add_option("FILE", options.file, "The list, also gzip; for ut1 the category's folder")->required();
  command->add_option("--pack", options.pack, "The pack's name; without it after the file")->type_name("NAME");
  command->add_option("--action", options.action, "What the rule does")
      ->check(CLI::IsMember({"sinkhole", "nxdomain", "nodata", "refuse", "drop", "allow"}))
      ->capture_default_str();
  command->callback([&] { code = import(options); });
}

// What the words of the command line say, for each command that asks no daemon.
struct Words {
  ServeOptions serve;
  std::string check;
  DueOptions due;
  ExplainOptions explain;
  ImportOptions import;
  SetupOptions setup;
  PasswdOptions passwd;
};

// Runs the command that the words name; its exit code goes to `code`.
void add_commands(CLI::App& program, int& code, Words& words) {
  auto* serve_command = add_command(program, {"serve", "Answer queries until SIGTERM; SIGHUP reads the files again",
                                              "aven serve -c /etc/aven/aven.json"});
  add_config(serve_command, words.serve.config);
  serve_command->add_flag("--strict", words.serve.strict,
                          "Do not start with any error, not even from the last good copy");
  serve_command->callback([&] { code = serve(words.serve); });

  auto* check_command =
      add_command(program, {"check", "List every problem in configuration and rules; exit 1 at errors",
                            "aven check -c /etc/aven/aven.json"});
  add_config(check_command, words.check);
  check_command
      ->add_option("--due", words.due.span,
                   "Instead: rules that end or are due for review within it, 30d; exit 1 if any")
      ->type_name("SPAN");
  check_command->add_flag("--json", words.due.json, "For programs, with --due")->needs("--due");
  check_command->callback([&] {
    words.due.config = words.check;
    code = words.due.span.empty() ? check(words.check) : check_due(words.due);
  });

  auto* explain_command = add_command(program, {"explain", "Say what a client is answered for a name, and why",
                                                "aven explain chatgpt.com --client 10.10.1.1"});
  add_config(explain_command, words.explain.config);
  explain_command->add_option("NAME", words.explain.name, "The name asked for")->required();
  explain_command->add_option("--type", words.explain.type, "The record type: A, AAAA, HTTPS, TXT ...")
      ->capture_default_str();
  explain_command->add_option("--client", words.explain.client, "The client's address")
      ->type_name("IP")
      ->capture_default_str();
  explain_command->add_option("--at", words.explain.at, "Another moment, 2027-03-31 or 2027-03-31T16:00, local time")
      ->type_name("TIME");
  explain_command->add_flag("--json", words.explain.json, "For programs");
  explain_command->add_flag("--files", words.explain.files, "Ask the files, also while Aven runs");
  explain_command->add_option("--socket", words.explain.socket, "The control socket; without it the configuration's")
      ->type_name("PATH");
  explain_command->callback([&] { code = explain(words.explain); });

  add_import(program, code, words.import);
  add_setup(program, code, words.setup);
  add_passwd(program, code, words.passwd);
  add_command(program, {"version", "Say which Aven this is", "aven version"})->callback([&] {
    code = print_version();
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Aven, a DNS sinkhole resolver", "aven"};
  program.require_subcommand(1);
  program.footer(
      "Example: aven check && aven serve\n`aven COMMAND --help` says more.\n"
      "Exit codes: 0 done, 1 problems found, 2 wrong usage.");
  int code = Done;
  Words words;
  add_daemon_commands(program, code);
  add_record_commands(program, code);
  add_commands(program, code, words);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? Done : WrongUsage;
  } catch (const std::exception& error) {
    std::cerr << "aven: " << error.what() << '\n';
    return ProblemsFound;
  }
  return code;
}
