// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// What makes patchkit at home in a terminal and in a pipe: settings, colours, a pager, lines for programs, man
/// pages and completions.
@Suite struct TerminalTests {
  private static let patch = "Subject: lamp\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/f", "a\n")
    try scratch.write("p.patch", Self.patch)
    return scratch
  }

  private func patchkit(
    _ scratch: Scratch, _ arguments: [String], _ environment: [String: String] = [:]
  ) async throws -> ProcessResult {
    try await run(Project.program, arguments, in: scratch.path, environment: environment)
  }

  @Test func settingsSayWhereTheyAreFrom() async throws {
    let scratch = try scratch()
    try scratch.write(
      "git", "[patchkit]\n\tstyle = suse\n[core]\n\tpager = more\n")
    let git = ["GIT_CONFIG_GLOBAL": scratch.file("git"), "HOME": scratch.path]
    // libgit2 looks for the user's file in HOME.
    try scratch.write(".gitconfig", try scratch.read("git"))
    let ofGit = try await patchkit(scratch, ["config"], git)
    #expect(ofGit.code == 0, "\(ofGit.errors)")
    #expect(ofGit.text.contains("style = suse  from git's configuration (user)\n"), "\(ofGit.text)")
    #expect(ofGit.text.contains("pager = more  from git's configuration (user, core.pager)\n"))
    #expect(ofGit.text.contains("mainline = (none)  from patchkit's defaults\n"))
    try scratch.write(".patchkit.yaml", "style: ubuntu\n")
    #expect(try await patchkit(scratch, ["config", "style"], git).text == "ubuntu\n")
    let json = try await patchkit(scratch, ["config", "style", "--json"], git)
    #expect(json.text.contains(".patchkit.yaml\""))
    let unknown = try await patchkit(scratch, ["config", "stile"], git)
    #expect(unknown.code == 2 && unknown.errors.contains("did you mean 'style'?"))
    try scratch.write(".patchkit.yaml", "style: ubuntoo\n")
    let wrong = try await patchkit(scratch, ["config"], git)
    #expect(wrong.code == 2 && wrong.errors.contains("sets style to 'ubuntoo'"), "\(wrong.errors)")
    // A project's file runs no program of its own.
    try scratch.write(".patchkit.yaml", "pager: touch ran\n")
    let program = try await patchkit(scratch, ["config"], git)
    #expect(program.code == 2 && program.errors.contains("unknown key 'pager' in the file"))
    try scratch.write(".patchkit.yaml", "stlye: ubuntu\n")
    let misspelt = try await patchkit(scratch, ["config"], git)
    #expect(misspelt.code == 2 && misspelt.errors.contains(":1: unknown key 'stlye' in the file"))
  }

  @Test func theTreeAndTheLevelAreSetForGood() async throws {
    let scratch = try scratch()
    try scratch.copy(Project.lab("conflict"), to: "linux")
    try scratch.write("deep/er/p.patch", Files.read(Project.seed))
    try scratch.write(".patchkit.yaml", "onto: linux\naccept: plausible\n")
    let shown = try await patchkit(scratch, ["config"])
    #expect(shown.text.contains("onto = \(scratch.path)/linux  from "), "\(shown.text)")
    #expect(shown.text.contains("accept = plausible  from "))
    // The path is meant from the file's folder, wherever the command runs.
    let result = try await run(
      Project.program, ["backport", "--check", "p.patch"], in: scratch.file("deep/er"))
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text.contains("1 patch applies to \(scratch.path)/linux"))
    let stricter = try await patchkit(
      scratch, ["backport", "--check", "--accept", "likely", "deep/er/p.patch"])
    #expect(stricter.code == 1)
    let other = try await patchkit(scratch, ["apply", "--onto", "t", "p.patch"])
    #expect(other.code == 0, "\(other.errors)")
    try scratch.write(".patchkit.yaml", "accept: surely\n")
    let wrong = try await patchkit(scratch, ["backport", "--check", "p.patch"])
    #expect(wrong.code == 2 && wrong.errors.contains("sets accept to 'surely'"), "\(wrong.errors)")
    try scratch.write(".patchkit.yaml", "onto: [a\n")
    let broken = try await patchkit(scratch, ["apply", "--check", "p.patch"])
    #expect(broken.code == 2 && broken.errors.contains(".patchkit.yaml"), "\(broken.errors)")
  }

  /// A patch is read from standard input where none is named, as git apply and git am do.
  @Test func aPatchIsPipedIn() async throws {
    let scratch = try scratch()
    let result = try await run(
      Project.program, ["apply", "--quiet", "--onto", "t"], in: scratch.path,
      input: Array(Self.patch.utf8))
    #expect(result.code == 0, "\(result.errors)")
    #expect(try scratch.read("t/f") == Array("b\n".utf8))
    let empty = try await patchkit(scratch, ["apply", "--onto", "t"])
    #expect(empty.code == 2, "\(empty.errors)")
  }

  @Test func aWordThatIsNearlyKnownIsNamed() async throws {
    let scratch = try scratch()
    for (arguments, hint) in [
      (["aply"], "'aply' is not a subcommand of patchkit; did you mean 'apply'?"),
      (["help", "aply"], "'aply' is not a subcommand of patchkit; did you mean 'apply'?"),
      (["help", "series", "x"], "'x' is not a subcommand of patchkit series"),
      (["series", "help", "posh"], "did you mean 'push'?"),
      (["series", "posh"], "'posh' is not a subcommand of patchkit series; did you mean 'push'?"),
    ] {
      let result = try await patchkit(scratch, arguments)
      #expect(result.code == 2 && result.errors.contains(hint), "\(result.errors)")
    }
    let kept = try await patchkit(scratch, ["tree", "add", "lab-6.1", "t"])
    #expect(kept.code == 0, "\(kept.errors)")
    let tree = try await patchkit(scratch, ["apply", "--onto", "lab-6.2", "p.patch"])
    #expect(
      tree.code == 2 && tree.errors.contains("hint: did you mean 'lab-6.1'?"), "\(tree.errors)")
  }

  /// Ctrl-C ends work that would take minutes, and leaves none of its folders.
  @Test(arguments: ["0.2", "0.6", "1.2"]) func anInterruptionLeavesNothing(_ seconds: String)
    async throws
  {
    let scratch = try Scratch()
    try scratch.write("tmp/.keep", "")
    let result = try await run(
      "timeout",
      [
        "--preserve-status", "-s", "INT", "-k", "60", seconds, Project.program, "port", "check",
        Project.path("Patches/ext4-count-unwritten-aio"), "--onto", Project.lab("half"), "--values",
        "100000000",
      ], in: scratch.path, environment: ["TMPDIR": scratch.file("tmp")])
    #expect(result.code == 130 || result.code == -2, "\(result.code) \(result.errors)")
    let left = try await run("find", [scratch.file("tmp"), "-mindepth", "1"])
    #expect(left.text == scratch.file("tmp/.keep") + "\n", "\(left.text)")
  }

  /// An import that is stopped removes what it wrote: there is no pack, no name and no folder of its own.
  @Test func longWorkShowsHowFarItIs() async throws {
    guard Project.hasProgram("script") else { try Test.cancel("script is not installed") }
    guard try await run("script", ["-qec", "true", "/dev/null"]).code == 0 else {
      try Test.cancel("this system gives no terminal to a test")
    }
    let scratch = try Scratch()
    func explored(_ flags: String) async throws -> String {
      try await run(
        "script",
        [
          "-qec",
          "\(Project.program) port explore four-writers --before --strategy random --executions 20000 \(flags)",
          "/dev/null",
        ], in: scratch.path, environment: ["TERM": "xterm"]
      ).text
    }
    let shown = try await explored("")
    #expect(
      shown.firstMatch(
        of: /exploring: [0-9]+ of 20000 executions, [0-9.]+ a second, [0-9]+ (s|min) left/) != nil,
      "\(shown)")
    #expect(!(try await explored("--quiet")).contains("exploring: "))
  }

  @Test func aSettingIsTheStyleOfACommit() async throws {
    let scratch = try scratch()
    try scratch.write(".patchkit.yaml", "style: debian\n")
    let made = try await patchkit(
      scratch, ["apply", "--quiet", "--check", "--output", "-", "--onto", "t", "p.patch"])
    #expect(
      made.code == 0 && made.text.contains("\nOrigin: vendor\n"), "\(made.text)\(made.errors)")
  }

  /// The manifest next to a patch, or above it, says how it is written.
  @Test func aManifestIsTheStyleOfItsPatches() async throws {
    let scratch = try scratch()
    try scratch.write("Patches/patch.yaml", "style: suse\n")
    try scratch.write("Patches/lamp/p.patch", Self.patch)
    try scratch.write("Patches/other/p.patch", Self.patch.replacing("lamp", with: "other"))
    try scratch.write("Patches/other/patch.yaml", "style: debian\n")
    func made(_ arguments: String...) async throws -> String {
      let result = try await patchkit(
        scratch, ["apply", "--quiet", "--check", "--output", "-", "--onto", "t"] + arguments)
      #expect(result.code == 0, "\(result.errors)")
      return result.text
    }
    #expect(try await made("Patches/lamp/p.patch").contains("\nPatch-mainline: "))
    #expect(try await made("Patches/other").contains("\nOrigin: vendor\n"))
    // What the command line says goes before it, and a setting after it.
    try scratch.write(".patchkit.yaml", "style: ubuntu\n")
    #expect(try await made("Patches/other").contains("\nOrigin: vendor\n"))
    #expect(try await made("--style", "suse", "Patches/other").contains("\nPatch-mainline: "))
    #expect(!(try await made("p.patch")).contains("Patch-mainline"))
    // And 'verify' looks whether it is so.
    let whole = try await patchkit(scratch, ["verify", "--onto", "t", "Patches"])
    #expect(whole.code == 1 && whole.text.contains("[suse/mainline]"), "\(whole.text)")
  }

  @Test func coloursAreAsTheCommandLineSays() async throws {
    let scratch = try scratch()
    let show = ["show", "p.patch"]
    #expect(!(try await patchkit(scratch, show)).text.contains("\u{1B}"))
    // The command line goes before NO_COLOR, which the tests set.
    #expect(try await patchkit(scratch, show + ["--color=always"]).text.contains("\u{1B}["))
    #expect(!(try await patchkit(scratch, show + ["--color=never"])).text.contains("\u{1B}"))
    let wrong = try await patchkit(scratch, show + ["--color=blue"])
    #expect(wrong.code == 2 && wrong.errors.contains("auto, always or never"))
  }

  @Test func longOutputGoesThroughThePagerOfATerminal() async throws {
    guard Project.hasProgram("script") else { try Test.cancel("script is not installed") }
    guard try await run("script", ["-qec", "true", "/dev/null"]).code == 0 else {
      try Test.cancel("this system gives no terminal to a test")
    }
    let scratch = try scratch()
    func inTerminal(_ flags: String, pager: String) async throws -> ProcessResult {
      try await run(
        "script", ["-qec", "\(Project.program) \(flags) show p.patch", "/dev/null"],
        in: scratch.path, environment: ["GIT_PAGER": pager, "TERM": "xterm"])
    }
    #expect(try await inTerminal("", pager: "sed s/^/paged:/").text.contains("paged:"))
    #expect(!(try await inTerminal("--no-pager", pager: "sed s/^/paged:/")).text.contains("paged:"))
    #expect(try await inTerminal("", pager: "cat").text.contains("lamp"))
    // A pager that ends at once does not count as an error.
    #expect(try await inTerminal("", pager: "true").code == 0)
  }

  @Test func programsGetLinesThatStay() async throws {
    let scratch = try scratch()
    let apply = ["apply", "--check", "--onto", "t", "p.patch"]
    let lines = try await patchkit(scratch, apply + ["--porcelain"])
    #expect(
      lines.text
        == "result\tchecked\npatch\texact\tlamp\nfile\texact\tmodify\tf\nhunk\texact\t1\t1\n")
    let nul = try await patchkit(scratch, apply + ["-z"])
    #expect(nul.text == lines.text.replacing("\n", with: "\0"))
    try scratch.write("t/f", "x\n")
    let refused = try await patchkit(scratch, apply + ["--porcelain"])
    #expect(refused.code == 1)
    #expect(
      refused.text
        == "result\trefused\npatch\tconflict\tlamp\nfile\tconflict\tmodify\tf\nhunk\tconflict\t1\t-\n"
    )
  }

  /// Each command has a man page that groff takes without a word.
  @Test(.enabled(if: Project.hasProgram("python3"), "python3 is not installed"))
  func everyCommandHasAManPage() async throws {
    let scratch = try Scratch()
    try scratch.write("man/.keep", "")
    let made = try await run(
      Project.path("Packaging/manual"), [Project.program, scratch.file("man")])
    #expect(made.code == 0, "\(made.errors)")
    let dump = try await run(Project.program, ["--experimental-dump-help"])
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(dump.output)) as? [String: Any])
    var names: [String] = []
    func collect(_ command: [String: Any], _ path: [String]) {
      let name = path + [command["commandName"] as? String ?? ""]
      names.append(name.joined(separator: "-") + ".1")
      #expect((command["abstract"] as? String)?.isEmpty == false, "\(name) has no abstract")
      for child in command["subcommands"] as? [[String: Any]] ?? []
      where child["commandName"] as? String != "help" {
        collect(child, name)
      }
    }
    collect(try #require(root["command"] as? [String: Any]), [])
    #expect(names.count > 30 && names.contains("patchkit-apply.1"))
    let pages = try FileManager.default.contentsOfDirectory(atPath: scratch.file("man"))
    #expect(Set(pages.filter { $0 != ".keep" }) == Set(names))
    guard Project.hasProgram("groff") else { try Test.cancel("groff is not installed") }
    let check = try await run(
      "groff", ["-man", "-Tutf8", "-ww", "-z"] + names.map { scratch.file("man/" + $0) })
    #expect(check.code == 0 && check.errors.isEmpty, "\(check.errors)")
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func everyShellHasCompletions(_ shell: String)
    async throws
  {
    let scratch = try Scratch()
    let script = try await run(Project.program, ["--generate-completion-script", shell])
    #expect(script.code == 0 && script.text.contains("backport"))
    guard Project.hasProgram(shell) else { try Test.cancel("\(shell) is not installed") }
    try scratch.write("completion", script.output)
    let check = try await run(shell, ["-n", scratch.file("completion")])
    #expect(check.code == 0, "\(check.errors)")
  }
}
