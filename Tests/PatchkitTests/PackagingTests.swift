// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// The tarball, the package and the workflows, as far as they can be tried without a network.
///
/// They are made from this build's program; a release differs only in how it is linked.
@Suite struct PackagingTests {
  private static let workflows = [
    "Sources/Ledger/Published/github.yml", "Sources/Ledger/Published/gitlab.yml",
    "Packaging/github-action/action.yml",
  ]

  private func text(_ path: String) throws -> String {
    String(decoding: try Files.read(Project.path(path)), as: UTF8.self)
  }

  private func requirePrograms(_ names: String...) throws {
    for name in names where !Project.hasProgram(name) { try Test.cancel("there is no \(name)") }
  }

  /// Makes the tarball in a folder and returns its path.
  private func tarball(in scratch: Scratch, _ folder: String) async throws -> String {
    let made = try await run(
      Project.path("Packaging/tarball"), [scratch.file(folder), Project.program])
    #expect(made.code == 0, "\(made.errors)")
    return made.line
  }

  @Test func theTarballIsWholeAndItsActionRuns() async throws {
    try requirePrograms("python3", "strip", "tar", "curl", "sha256sum")
    let scratch = try Scratch()
    let path = try await tarball(in: scratch, "one")
    let again = try await tarball(in: scratch, "two")
    #expect(try Files.read(path) == Files.read(again), "the same program gives other bytes")
    let sum = String(decoding: try Files.read(path + ".sha256"), as: UTF8.self).prefix(64)
    // The step of the action that installs, with a file's URL and what GitHub sets.
    let action = try text("Packaging/github-action/action.yml")
    let steps = action.components(separatedBy: "      run: |\n").dropFirst().map { step in
      step.split(separator: "\n", omittingEmptySubsequences: false)
        .prefix { $0.hasPrefix("        ") || $0.isEmpty }.joined(separator: "\n")
    }
    #expect(steps.count == 2)
    try scratch.copy(Project.path("Patches/ext4-serialize-unaligned-aio"), to: "work/Mine")
    try FileManager.default.removeItem(atPath: scratch.file("work/Mine/patch.yaml"))
    try FileManager.default.removeItem(atPath: scratch.file("work/Mine/patch.lock"))
    try scratch.copy(Project.lab("base"), to: "work/linux")
    try scratch.write("path", "")
    var environment = [
      "URL": "file://" + path, "SHA256": String(sum), "RUNNER_TEMP": scratch.file("temp"),
      "GITHUB_PATH": scratch.file("path"), "GITHUB_STEP_SUMMARY": scratch.file("summary.md"),
      "PATHS": "Mine", "ARGUMENTS": "--onto linux=linux", "HTML": "patchkit.html",
      "XDG_CACHE_HOME": scratch.file("cache"),
    ]
    try scratch.write("temp/.keep", "")
    let installed = try await run(
      "bash", ["-e", "-o", "pipefail", "-c", steps[0]], in: scratch.file("work"),
      environment: environment)
    #expect(installed.code == 0, "\(installed.text)\(installed.errors)")
    let bin = String(decoding: try scratch.read("path"), as: UTF8.self).dropLast()
    let verified = try await run(
      "bash", ["-e", "-o", "pipefail", "-c", "PATH=\"\(bin):$PATH\"\n" + steps[1]],
      in: scratch.file("work"), environment: environment)
    #expect(verified.code == 0, "\(verified.text)\(verified.errors)")
    #expect(
      String(decoding: try scratch.read("summary.md"), as: UTF8.self).contains("patchkit verify"))
    #expect(try scratch.read("work/patchkit.html").count > 1000)
    for name in [
      "share/man/man1/patchkit.1.gz", "share/man/man1/patchkit-apply.1.gz",
      "share/bash-completion/completions/patchkit", "share/zsh/site-functions/_patchkit",
      "share/doc/patchkit/README.md",
      "share/doc/patchkit/Documentation/Install.md", "share/doc/patchkit/copyright",
    ] {
      #expect(
        FileManager.default.fileExists(atPath: scratch.file("temp/patchkit/" + name)), "\(name)")
    }
    // A tarball of other bytes is not installed.
    environment["SHA256"] = String(repeating: "0", count: 64)
    let refused = try await run(
      "bash", ["-e", "-o", "pipefail", "-c", steps[0]], in: scratch.file("work"),
      environment: environment)
    #expect(refused.code != 0)
  }

  /// The commands of both templates, in their order, with a local tarball: two shards, and the report of both.
  ///
  /// GitLab's own folders become folders of the test, and its first command, which installs curl, is left out.
  @Test(arguments: ["github", "gitlab"]) func theTemplatesRun(_ engine: String) async throws {
    try requirePrograms("python3", "strip", "tar", "curl", "sha256sum")
    guard (try? await run("python3", ["-c", "import yaml"]))?.code == 0 else {
      try Test.cancel("there is no python3 with yaml (python3-yaml)")
    }
    let scratch = try Scratch()
    let path = try await tarball(in: scratch, "made")
    let sum = String(decoding: try Files.read(path + ".sha256"), as: UTF8.self).prefix(64)
    let seed = try Files.read(Project.seed)
    try scratch.write("work/Patches/one/fix.patch", String(decoding: seed, as: UTF8.self))
    try scratch.write(
      "work/Patches/one/patch.yaml",
      "damage: [missing-final-newline]\ntrees:\n  - {name: linux, at: ../../linux}\n")
    try scratch.copy(Project.lab("base"), to: "work/linux")
    try scratch.write("temp/.keep", "")
    try scratch.write("path", "")
    let script = """
      import json, sys, yaml
      template = yaml.safe_load(open(sys.argv[2]))
      if sys.argv[1] == 'gitlab':
          start = template['default']['before_script']
          jobs = [start[1:] + template[name]['script'] for name in ('verify', 'report')]
          assert start[0].startswith('apt-get update && apt-get install -y')
      else:
          jobs = [[step['run'] for step in template['jobs'][name]['steps'] if 'run' in step]
                  for name in ('verify', 'report')]
      print(json.dumps(jobs))
      """
    let read = try await run(
      "python3",
      ["-c", script, engine, Project.path("Sources/Ledger/Published/\(engine).yml")])
    let jobs = try JSONDecoder().decode([[String]].self, from: Data(read.output))
    #expect(jobs.count == 2 && jobs.allSatisfy { $0.count > 1 }, "\(read.errors)")
    for (commands, shard) in [(jobs[0], 1), (jobs[0], 2), (jobs[1], 0)] {
      // On GitHub each step is a shell of its own, and what a step adds to GITHUB_PATH is on the path of the next.
      let text = commands.map { command in
        let own = command.replacing("${{ matrix.shard }}", with: "\(shard)")
          .replacing("/tmp/patchkit", with: scratch.file("patchkit"))
          .replacing("/opt/patchkit", with: scratch.file("opt"))
        return engine == "gitlab"
          ? own : "(\(own)\n)\nPATH=\"$(paste -sd: \"$GITHUB_PATH\"):$PATH\""
      }.joined(separator: "\n")
      #expect(!text.contains("${{"), "nothing replaces an expression: \(text)")
      let result = try await run(
        "bash", ["-e", "-o", "pipefail", "-c", text], in: scratch.file("work"),
        environment: [
          "PATCHKIT": "file://" + path, "PATCHKIT_SHA256": String(sum),
          "RUNNER_TEMP": scratch.file("temp"), "GITHUB_PATH": scratch.file("path"),
          "GITHUB_STEP_SUMMARY": scratch.file("summary.md"), "CI_NODE_INDEX": "\(shard)",
          "CI_NODE_TOTAL": "2", "XDG_CACHE_HOME": scratch.file("cache"),
        ])
      #expect(result.code == 0, "\(shard): \(result.text)\(result.errors)")
    }
    let page = String(decoding: try scratch.read("work/patchkit.html"), as: UTF8.self)
    #expect(page.contains("ext4: serialize unaligned asynchronous DIO"))
    let other = engine == "gitlab" ? "work/patchkit.xml" : "work/patchkit.sarif"
    #expect(try scratch.read(other).count > 300)
  }

  @Test func thePackageHasTheProgram() async throws {
    try requirePrograms("python3", "strip", "dpkg-deb", "dpkg-shlibdeps")
    let scratch = try Scratch()
    let made = try await run(
      Project.path("Packaging/deb"), [scratch.path, Project.program],
      environment: ["DEB_COMPRESSION": "none"])
    #expect(made.code == 0, "\(made.errors)")
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: scratch.path).first { $0.hasSuffix(".deb") })
    let list = try await run("dpkg-deb", ["-c", scratch.file(name)]).text
    for path in [
      "./usr/bin/patchkit", "./usr/bin/git-patchkit -> patchkit",
      "./usr/share/man/man1/patchkit-verify.1.gz", "./usr/share/doc/patchkit/README.md",
    ] { #expect(list.contains(path + "\n"), "\(path)") }
    let depends = try await run("dpkg-deb", ["-f", scratch.file(name), "Depends"]).text
    let isShared = try await run("ldd", [Project.program]).code == 0
    #expect(depends.contains("libc6") == isShared, "\(depends)")
  }

  /// Verifying without ports needs neither Swift nor a compiler.
  @Test func theWorkflowsFetchNeitherSwiftNorACompiler() async throws {
    for path in Self.workflows {
      let lines = try text(path).split(separator: "\n")
        .filter { !$0.drop { $0 == " " }.hasPrefix("#") }
      let commands = lines.joined(separator: "\n")
      for word in ["swift", "gcc", "clang", "build-essential", "git clone"] {
        #expect(!commands.contains(word), "\(path): \(word)")
      }
      #expect(commands.contains("sha256sum --check"), "\(path)")
    }
    guard (try? await run("python3", ["-c", "import yaml"]))?.code == 0 else {
      try Test.cancel("there is no python3 with yaml (python3-yaml)")
    }
    let read = try await run(
      "python3",
      ["-c", "import sys, yaml\nfor name in sys.argv[1:]: assert yaml.safe_load(open(name))"]
        + Self.workflows.map(Project.path))
    #expect(read.code == 0, "\(read.errors)")
  }

  /// The image is built from what the README installs, and from files that exist.
  ///
  /// No engine builds it here.
  @Test func theDockerfileNamesWhatIsThere() throws {
    let (file, readme) = (try text("Packaging/Dockerfile"), try text("README.md"))
    for package in [
      "libgit2-dev", "libdeflate-dev", "libgcrypt20-dev", "libsqlite3-dev", "libyaml-dev",
    ] {
      #expect(file.contains(package), "\(package)")
      #expect(readme.contains(package), "\(package)")
    }
    for match in file.matches(of: /^RUN (Packaging\/\w+)/.anchorsMatchLineEndings()) {
      #expect(FileManager.default.isExecutableFile(atPath: Project.path(String(match.1))))
    }
  }
}
