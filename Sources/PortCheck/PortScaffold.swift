// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Ports

/// The first files for a patch's ports: a stub for each function that it changes, with the C as a
/// comment, and tests that fail until the stubs are written.
package struct PortScaffold: Sendable {
  /// The name of the patch's folder.
  package let name: String
  private let title: String
  private let sources: PatchSources

  /// Makes a scaffold.
  ///
  /// - Parameters:
  ///   - name: the name of the patch's folder, such as `ext4-count-unwritten-aio`.
  ///   - title: what the patch does.
  ///   - sources: the C on both sides of the patch.
  package init(name: String, title: String, sources: PatchSources) {
    self.name = name
    self.title = title
    self.sources = sources
  }

  /// A name with words as types have them: `Ext4CountUnwrittenAIO`.
  package var typeName: String { Self.joined(name, separator: "-", startsUpper: true) }
  /// The same for a value: `ext4CountUnwrittenAIO`.
  package var valueName: String { Self.joined(name, separator: "-", startsUpper: false) }

  /// Words that are written in capitals.
  private static let acronyms: Set<String> = [
    "io", "aio", "dio", "wq", "bh", "id", "rcu", "cpu", "irq", "dma", "vm", "vfs",
  ]

  private static func joined(_ name: String, separator: Character, startsUpper: Bool) -> String {
    let words = name.split { $0 == separator || $0 == "_" || $0 == "-" }
    return words.enumerated().map { index, word -> String in
      if index == 0, !startsUpper { return word.lowercased() }
      if acronyms.contains(word.lowercased()) { return word.uppercased() }
      return word.prefix(1).uppercased() + word.dropFirst()
    }.joined()
  }

  private struct Stub {
    var name: String
    var swift: String
    var path: String
    var side: PatchSide
    var parameters: String
    var result: String
    var c: String
    var line: Int
  }

  /// The functions to port: as the patch leaves them, and as they were where they change.
  private var stubs: [Stub] {
    sources.changedFunctions.flatMap { function -> [Stub] in
      PatchSide.allCases.compactMap { side -> Stub? in
        let name = side == .before ? function.oldName : function.name
        guard let (file, item) = sources.function(name, in: function.path, side) else { return nil }
        let (parameters, result) = Self.signature(file, item)
        return Stub(
          name: name, swift: Self.joined(name, separator: "_", startsUpper: false),
          path: function.path, side: side, parameters: parameters, result: result,
          c: String(decoding: file.lines(of: item), as: UTF8.self), line: Int(item.nameLine))
      }
    }
  }

  private static let types = [
    "struct inode *": "Inode", "struct kiocb *": "Kiocb", "struct iovec *": "IOVector",
    "struct file *": "File", "struct ext4_io_end *": "IOEnd", "ext4_io_end_t *": "IOEnd",
    "wait_queue_head_t *": "WaitQueue", "struct mutex *": "KernelMutex", "int": "Int32",
    "unsigned int": "UInt32", "unsigned": "UInt32", "long": "Int64", "unsigned long": "UInt",
    "loff_t": "Int64", "ssize_t": "Int64", "size_t": "UInt64", "void": "Void", "bool": "Bool",
    "u32": "UInt32", "u64": "UInt64",
  ]

  private static func signature(_ file: CSourceFile, _ item: CItem) -> (String, String) {
    let name = file.name(of: item)
    let words = file.words(in: Int(item.firstToken)..<Int(item.bodyToken))
    let start = words.firstIndex(of: name) ?? 0
    let specifiers: Set<String> = ["static", "inline", "const", "extern", "__init", "__exit"]
    func type(_ words: some Sequence<String>) -> String {
      words.filter { !specifiers.contains($0) }.joined(separator: " ")
    }
    let result = types[type(words[..<start])] ?? "Int64"
    let inside = words[min(words.count, start + 2)...].dropLast()
    var parameters = ["_ kernel: Kernel"]
    for parameter in inside.split(separator: ",") where Array(parameter) != ["void"] {
      guard let own = parameter.last else { continue }
      let type = type(parameter.dropLast())
      parameters.append(
        "_ \(joined(own, separator: "_", startsUpper: false)): \(types[type] ?? "Int64")")
    }
    return (parameters.joined(separator: ", "), result)
  }

  /// The files by their paths from the project's root.
  package func files(tree: String) -> [(path: String, text: String)] {
    [
      ("Patches/\(name)/patch.yaml", manifest(tree)),
      ("Sources/Ports/\(typeName)/\(typeName)Ports.swift", ports),
      ("Sources/Ports/\(typeName)/\(typeName)+Pairing.swift", pairing),
      ("Tests/PortTests/\(typeName)Tests.swift", tests),
    ]
  }

  private var quotedTitle: String {
    title.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }

  private func manifest(_ tree: String) -> String {
    """
    title: "\(quotedTitle)"
    trees:
      - name: target
        at: \(tree)
    # Functions that need no port, with the reason:
    # functions:
    #   some_function: {reason: it only calls what is ported}

    """
  }

  private var ports: String {
    var text = """
      // SPDX-License-Identifier: GPL-2.0-only

      package import KernelModel

      """
    for side in PatchSide.allCases {
      let own = stubs.filter { $0.side == side }
      if own.isEmpty { continue }
      let what =
        side == .before ? "The functions as they were before" : "The functions as they are after"
      text += "\n/// \(what) \"\(title)\".\npackage enum \(typeName)\(Self.suffix(side)) {\n"
      for (index, stub) in own.enumerated() {
        if index > 0 { text += "\n" }
        text += "  /// `\(stub.name)`, \(stub.path) line \(stub.line).\n  ///\n  /// ```c\n"
        for line in stub.c.split(separator: "\n" as Character, omittingEmptySubsequences: false)
          .dropLast()
        {
          text += "  /// \(line.replacing("\t", with: "        "))".trimmedAtEnd + "\n"
        }
        text += "  /// ```\n  package static func \(stub.swift)(\n    \(stub.parameters)\n  ) async"
        switch stub.result {
        case "Void": text += " {}\n"
        case "WaitQueue": text += " -> WaitQueue { kernel.ioendQueues[0] }\n"
        case "KernelMutex": text += " -> KernelMutex { kernel.aioMutexes[0] }\n"
        case "Bool": text += " -> Bool { false }\n"
        default: text += " -> \(stub.result) { 0 }\n"
        }
      }
      text += "}\n"
    }
    return text
  }

  private static func suffix(_ side: PatchSide) -> String { side == .before ? "Before" : "After" }

  private var pairing: String {
    var text = """
      // SPDX-License-Identifier: GPL-2.0-only

      extension PatchPort {
        /// The ports of "\(title)".
        static let \(valueName) = PatchPort(
          patch: "\(name)",
          title: "\(quotedTitle)",
          sources: "Sources/Ports/\(typeName)",
          functions: [

      """
    for stub in stubs {
      text += "      PortedFunction(\n        \"\(stub.name)\", in: \"\(stub.path)\", "
      text += ".\(stub.side.rawValue),\n        port: \"\(typeName)\(Self.suffix(stub.side))"
      text += ".\(stub.swift)\"),\n"
    }
    return text + "    ],\n    scenarios: [])\n}\n"
  }

  private var tests: String {
    var text = """
      // SPDX-License-Identifier: GPL-2.0-only

      import Ports
      import Testing

      @Suite struct \(typeName)Tests {
      """
    for stub in stubs {
      text += """

          @Test func \(stub.swift)\(Self.suffix(stub.side))() {
            Issue.record("\(stub.name) (\(stub.side.rawValue)) is not ported yet")
          }

        """
    }
    return text + "}\n"
  }

  /// The list of ports with this patch's in it; nil where the file has no such list.
  package func registering(in list: String) -> String? {
    let line = "    .\(valueName)"
    if list.contains(line + ",") || list.contains(line + "\n") { return list }
    guard let start = list.firstRange(of: "package static let all: [PatchPort] = [\n"),
      let end = list[start.upperBound...].firstRange(of: "\n  ]")
    else { return nil }
    var entries = list[start.upperBound..<end.lowerBound]
    while entries.last == "," || entries.last == "\n" { entries.removeLast() }
    return list[..<start.upperBound] + entries + ",\n" + line + ",\n"
      + list[end.lowerBound...].dropFirst()
  }
}

extension String {
  fileprivate var trimmedAtEnd: String {
    var copy = self
    while copy.last == " " { copy.removeLast() }
    return copy
  }
}
