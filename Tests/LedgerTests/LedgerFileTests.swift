// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import Host
import Ledger
import PortCheck
import TestSupport
import Testing

/// `patch.yaml` and `patch.lock`: what is read, what is refused, and with which words.
@Suite struct LedgerFileTests {
  private func error(_ text: String) -> String {
    do {
      _ = try PatchManifest(text, file: "a/patch.yaml")
      return "none"
    } catch {
      return "\(error)" + (error.hint.map { " (\($0))" } ?? "")
    }
  }

  /// The time for a manifest grows with its length, not with the square of its trees.
  @Test func aManifestOfManyTreesIsReadInLinearTime() throws {
    func seconds(_ count: Int) throws -> Double {
      let text = "trees:\n" + (1...count).map { "  - {name: n\($0), at: x}\n" }.joined()
      let clock = ContinuousClock()
      return try (0..<2).map { _ in
        try clock.measure { _ = try PatchManifest(text, file: "a/patch.yaml") } / .seconds(1)
      }.min() ?? 0
    }
    let (few, many) = (try seconds(1000), try seconds(8000))
    #expect(many < few * 24, "\(few) s for 1,000 trees, \(many) s for 8,000")
  }

  @Test func manifestsNameTheLineOfWhatIsWrong() {
    #expect(
      error("title: x\nuptsream: y\n")
        == "a/patch.yaml:2: unknown key 'uptsream' in the file (did you mean 'upstream'?)")
    #expect(error("trees:\n  - name: lab\n").hasPrefix("a/patch.yaml:2: a tree needs a 'name'"))
    #expect(
      error("trees:\n  - {name: a, at: x}\n  - {name: a, at: y}\n")
        == "a/patch.yaml:3: two trees are called 'a'")
    #expect(error("trees: lab\n") == "a/patch.yaml:1: 'trees' must be a list")
    #expect(error("title: [a\n").hasPrefix("a/patch.yaml:"))
    #expect(
      error("title: a\ntitle: b\n") == "a/patch.yaml:2: the key 'title' of the file occurs twice")
    #expect(
      error("title: a\n---\ntitle: b\n")
        == "a/patch.yaml:2: the file is not valid YAML: a second document begins here "
        + "('patchkit schema manifest' prints the schema)")
    #expect(
      error("title: a\norder: \u{1}\n")
        .hasPrefix("a/patch.yaml:2: the file is not valid YAML: control characters are not allowed")
    )
    #expect(error("") == "none")
    let tree = "trees:\n  - {name: a, at: b, expect: "
    #expect(
      error(tree + "exakt}\n")
        == "a/patch.yaml:2: 'expect' cannot be 'exakt' (did you mean 'exact'?)")
    #expect(error(tree + "merged}\n") == "none")
    #expect(
      error("scenarios:\n  - {name: x, executions: 0}\n")
        == "a/patch.yaml:2: 'executions' must be a number from 1 to 100000000")
    #expect(error("functions:\n  f: {}\n").contains("'ports', or a 'reason'"))
    #expect(
      error("functions:\n  f: {ports: [a], reason: b}\n").contains("'ports', or a 'reason'"))
    #expect(error("upstream: v6.1\n").contains("not a commit id"))
    #expect(error("damage: [missing-final-newlin]\n").contains("'missing-final-newline'?"))
    #expect(error("style: stabel\n").contains("did you mean 'stable'?"))
  }

  /// Read as they are, each of these takes minutes or years.
  @Test func keysThatAreNoWordsAreRefusedAtOnce() {
    let words = "a key of the file is not a text (write each key as a plain word)"
    #expect(error(String(repeating: "? ", count: 40) + "a\n").contains(words))
    #expect(
      error(String(repeating: "{", count: 30) + "a: b" + String(repeating: "}: c", count: 30))
        .contains(words))
    func anchors(_ letters: String) -> String {
      "a: &a [x,x,x,x,x]\n"
        + letters.map { letter in
          let before = Character(UnicodeScalar(letter.asciiValue! - 1))
          let aliases = [String](repeating: "*\(before)", count: 5).joined(separator: ",")
          return "\(letter): &\(letter) [\(aliases)]\n"
        }.joined()
    }
    #expect(error(anchors("bcde") + "? *e\n: x\n").contains(words))
    #expect(error(anchors("bcde") + "*e : x\n").contains(words))
    #expect(error(anchors("bcde")).contains("unknown key 'a' in the file"))
    let copies = "its aliases name more than 1000000 nodes"
    #expect(error(anchors("bcdefghi")).contains(copies))
    let long = "title: &a \(String(repeating: "x", count: 100_000))\n"
    let many = [String](repeating: "*a", count: 1000).joined(separator: ", ")
    #expect(error(long + "prerequisites: [\(many)]\n").contains(copies))
    let directives = String(repeating: "%TAG !a! b\n", count: 60_000)
    let refused = "lines that begin with '%' are not read"
    #expect(error("# x\n\n" + directives + "---\ntitle: x\n").contains(":3: "))
    #expect(error(directives + "---\ntitle: x\n").contains(refused))
    #expect(error("title: x\n...\n" + directives + "---\ntitle: x\n").contains(refused))
    #expect(
      error("trees: &a [*a]\n").contains("a/patch.yaml:1: the file is not valid YAML: an alias"))
    // The later of two anchors counts.
    #expect(error("title: &a x\nupstream: &a 0123456789ab\nstyle: *a\n").contains("'0123456789ab'"))
    #expect(error("title: 'why? because [x]: & *all*:'\n") == "none")
  }

  /// libyaml's loader takes minutes for each of these, or gigabytes.
  @Test func deepAndTangledTextsAreRefusedAtOnce() {
    let many = 200_000
    let levels = "it has more than 100 levels of lists and mappings"
    for text in [
      "trees: " + String(repeating: "[", count: many), String(repeating: "[\n", count: many),
      String(repeating: "{a: ", count: many), String(repeating: "- ", count: many),
    ] {
      #expect(error(text).contains(levels))
    }
    let anchors = (0..<many).map { "&a\($0) x" }.joined(separator: ", ")
    #expect(error("title: [\(anchors)]\n") == "a/patch.yaml:1: 'title' must be a text")
    let list = "[" + String(repeating: "x, ", count: 2000) + "x]"
    let aliases = "[" + String(repeating: "*a, ", count: 2000) + "*a]"
    let copies = error("title: &a \(list)\norder: \(aliases)\n")
    #expect(
      copies.hasPrefix("a/patch.yaml:2: ")
        && copies.contains("its aliases name more than 1000000 nodes"))
  }

  @Test func manifestsAreReadWhole() throws {
    let manifest = try PatchManifest(
      """
      title: "ext4: t"
      upstream: e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d
      order: independent
      prerequisites: [other]
      trees:
        - {name: a, at: ../../x, expect: refused, optional: true, build: make fs/ext4/, run: ./boot}
        - {name: b, at: /usr/src/linux.tar.xz, paths: [fs/ext4]}
        - {name: c, at: repo@v6.1, expect: three-way}
      functions:
        f: {reason: because}
        g: {ports: [P.g, Q.g]}
      missing: [ext4_ioend_wq]
      damage: [missing-final-newline]
      scenarios:
        - {name: s, side: before, expect: violation, outcomes: ["1", all], executions: 5, steps: 7}
      style: stable
      """, file: "Patches/p/patch.yaml")
    #expect(manifest.title == "ext4: t" && manifest.order == .independent)
    #expect(manifest.trees.map(\.location) == ["x", "/usr/src/linux.tar.xz", "repo@v6.1"])
    #expect(manifest.trees.map(\.expect) == [.refused, .applies, .verdict(.threeWay)])
    #expect(manifest.trees[0].isOptional && manifest.trees[0].build == "make fs/ext4/")
    #expect(manifest.trees[0].run == "./boot" && !manifest.trees[0].hasPorts)
    #expect(manifest.trees[1].paths == ["fs/ext4"])
    #expect(manifest.reasons == ["f": "because"])
    #expect(manifest.functions?["g"]?.ports == ["P.g", "Q.g"])
    #expect(
      manifest.scenarios[0].executions == 5 && manifest.scenarios[0].outcomes == ["1", "all"])
    #expect(manifest.style == .stable && manifest.prerequisites == ["other"])
  }

  /// The published schema and the reader know the same keys and words.
  @Test func theSchemaSaysWhatIsRead() throws {
    struct Schema: Decodable {
      struct Key: Decodable {
        var items: Items?
        var `enum`: [String]?
      }
      struct Items: Decodable {
        var properties: [String: Key]?
        var `enum`: [String]?
      }
      var properties: [String: Key]
    }
    let schema = try JSONDecoder().decode(Schema.self, from: Data(VerificationSchema.manifest.text))
    // What the schema has, the reader takes: an unknown key would be reported as one.
    for key in schema.properties.keys {
      #expect(!error("\(key): {}\n").contains("unknown key"), "\(key)")
    }
    let unknown = error("x123456789: 1\n")
    let said = unknown.components(separatedBy: "the keys are ").last?.dropLast() ?? ""
    #expect(Set(said.components(separatedBy: ", ")) == Set(schema.properties.keys))
    let tree = try #require(schema.properties["trees"]?.items?.properties)
    for key in tree.keys {
      #expect(!error("trees:\n  - {\(key): x}\n").contains("unknown key"), "\(key)")
    }
    #expect(tree["expect"]?.enum == PatchManifest.Expectation.words)
    let scenario = try #require(schema.properties["scenarios"]?.items?.properties)
    for key in scenario.keys {
      #expect(!error("scenarios:\n  - {\(key): x}\n").contains("unknown key"), "\(key)")
    }
  }

  // MARK: Locks

  private var lock: PatchLock {
    PatchLock(
      patches: [
        .init(label: "a.patch", sha256: String(repeating: "a", count: 64), patchID: "1e10"),
        .init(label: "b.mbox#2", sha256: String(repeating: "0", count: 64), patchID: nil),
      ],
      landings: [
        .init(
          tree: "lab", label: "a.patch", verdict: "offset",
          files: [
            .init(path: "fs/ext4/file.c", before: "12e4567", after: nil, hunks: ["offset 67"]),
            .init(path: "a: b # c", before: nil, after: "0", hunks: []),
          ])
      ],
      functions: [
        LockedFunction(name: "f", path: "x.c", side: .after, lines: ["int f ( ) {", "}"]),
        LockedFunction(name: "g", path: "x.c", side: .after, tree: "lab", lines: ["g"]),
        LockedFunction(name: "g", path: "x.c", side: .after, tree: "a tree", lines: ["h"]),
      ])
  }

  @Test func aLockIsReadAsItWasWritten() throws {
    let again = try PatchLock(lock.text, file: "patch.lock")
    // Ids that look like numbers stay the texts that they are.
    #expect(try again == lock && again.text == lock.text)
  }

  /// The locks of the project, which an earlier library wrote, are written with the same bytes.
  @Test(arguments: ["ext4-count-unwritten-aio", "ext4-serialize-unaligned-aio"])
  func aKeptLockIsWrittenWithItsBytes(_ name: String) throws {
    let path = Project.path("Patches/\(name)/patch.lock")
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    #expect(try PatchLock(text, file: path).text == text)
  }

  @Test func aLockThatSomebodyEditedIsRefused() throws {
    let text = try lock.text
    func error(_ old: String, _ new: String) -> PatchkitError? {
      #expect(text.contains(old))
      do {
        _ = try PatchLock(text.replacing(old, with: new), file: "patch.lock")
        return nil
      } catch { return error }
    }
    let function = error("int f (", "long f (")
    #expect(
      function?.message.hasPrefix("fingerprint mismatch of 'f'") == true)
    #expect(function?.line != nil)
    let hunk = error("offset 67", "offset 68")
    #expect(hunk?.message.contains("was edited by hand") == true)
    #expect(hunk?.hint?.contains("verify --update") == true)
    #expect(error("checksum:", "cehcksum:")?.message == "unknown key 'cehcksum' in the file")
    let comment = error("patches:\n", "patches: # mine\n")
    #expect(comment?.message.contains("was edited by hand") == true)
  }

  @Test func aLockThatLostItsSealIsRefused() throws {
    let lines = try lock.text.split(separator: "\n", omittingEmptySubsequences: false)
    let without = lines.filter { !$0.hasPrefix("checksum:") }.joined(separator: "\n")
    let error = #expect(throws: PatchkitError.self) { _ = try PatchLock(without, file: "l") }
    #expect(error?.message == "the lock has no checksum")
  }
}
