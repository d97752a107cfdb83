// SPDX-License-Identifier: GPL-2.0-only

extension FilePatch {
  /// The file patch written anew in git's form, from its values alone.
  ///
  /// - Parameters:
  ///   - paths: the names to write, without prefix; `a/` and `b/` are put before them.
  ///   - shortensAdditions: whether each run of added lines is one empty line, in hunks with `canBeShortened`; these are
  ///     written without the text after the second `@@`.
  /// - Returns: bytes that git apply and libgit2 read; hunks get `\n` line ends and markers.
  package func printedAsGit(paths: Paths, shortensAdditions: Bool = false) -> [UInt8] {
    var whole: [UInt8] = []
    printAsGit(paths: paths, inPiecesOf: .max, shortensAdditions: shortensAdditions) { whole = $0 }
    return whole
  }

  /// Writes the file patch as `printedAsGit(paths:)` does, in pieces of whole hunks: all of them as one text would
  /// take as much memory as the patch.
  ///
  /// - Parameter size: the bytes after which a piece ends with the next hunk.
  package func printAsGit(
    paths: Paths, inPiecesOf size: Int, shortensAdditions: Bool = false,
    _ body: ([UInt8]) throws -> Void
  ) rethrows {
    var output: [UInt8] = []
    if size == .max {
      output.reserveCapacity(hunks.reduce(512) { $0 + $1.lines.byteCount + 64 })
    }
    let old = paths.old ?? paths.new ?? []
    let new = paths.new ?? paths.old ?? []
    // git reads a bare name with a space; libgit2 ends it there, and both read one in quotes.
    func name(_ path: [UInt8]) -> [UInt8] {
      let name = FilePatch.quoted(path)
      return name.contains(0x20) && name.first != 0x22 ? [0x22] + name + [0x22] : name
    }
    func prefixed(_ prefix: String, _ path: [UInt8]) -> [UInt8] {
      name(Array(prefix.utf8) + path)
    }
    output += "diff --git ".utf8
    output += prefixed("a/", old) + [0x20] + prefixed("b/", new) + [0x0A]
    switch change {
    case .create: output += "new file mode \(octal(newMode ?? 0o100644))\n".utf8
    case .delete: output += "deleted file mode \(octal(oldMode ?? 0o100644))\n".utf8
    case .modify, .rename, .copy:
      if let oldMode, let newMode, oldMode != newMode {
        output += "old mode \(octal(oldMode))\nnew mode \(octal(newMode))\n".utf8
      }
    }
    if change == .rename || change == .copy {
      if let similarity { output += "similarity index \(similarity)%\n".utf8 }
      output += "\(change.rawValue) from ".utf8
      output += name(old) + [0x0A]
      output += "\(change.rawValue) to ".utf8
      output += name(new) + [0x0A]
    }
    if let oldID, let newID {
      output += "index ".utf8
      output += oldID + Array("..".utf8) + newID
      let mode = oldMode ?? newMode
      if change != .create, change != .delete, let mode, newMode == nil || newMode == mode {
        output += " \(octal(mode))".utf8
      }
      output.append(0x0A)
    }
    if let binary {
      output += "GIT binary patch\n".utf8
      binary.forward.append(to: &output)
      binary.reverse?.append(to: &output)
      return try body(output)
    }
    if hunks.isEmpty { return try body(output) }
    output += "--- ".utf8
    output += (change == .create ? Array("/dev/null".utf8) : prefixed("a/", old)) + [0x0A]
    output += "+++ ".utf8
    output += (change == .delete ? Array("/dev/null".utf8) : prefixed("b/", new)) + [0x0A]
    var shortening = HunkShortening()
    for hunk in hunks {
      if output.count >= size {
        try body(output)
        output.removeAll(keepingCapacity: true)
      }
      if shortensAdditions {
        shortening.append(hunk, to: &output)
      } else {
        hunk.append(to: &output)
      }
    }
    try body(output)
  }

  private func octal(_ mode: UInt32) -> String { String(mode, radix: 8) }
}

extension BinaryPatch.Block {
  func append(to output: inout [UInt8]) {
    output += "\(method.rawValue) \(size)\n".utf8
    output += encoded
    output.append(0x0A)
  }
}

extension Hunk {
  /// Appends the hunk from its values: header, marked lines, `\ No newline at end of file`.
  func append(to output: inout [UInt8]) {
    appendNumbers(to: &output)
    if !section.isEmpty {
      output.append(0x20)
      output += section
    }
    output.append(0x0A)
    if let plain = plainLines {
      output += plain
      return
    }
    for line in lines {
      switch line.kind {
      case .noNewlineMarker: continue
      case .context: output.append(0x20)
      case .removed: output.append(UInt8(ascii: "-"))
      case .added: output.append(UInt8(ascii: "+"))
      }
      output += content(of: line)
      output.append(0x0A)
      if !line.hasNewline { output += "\\ No newline at end of file\n".utf8 }
    }
  }

  /// Appends `@@ -a,b +c,d @@`.
  fileprivate func appendNumbers(to output: inout [UInt8]) {
    func range(_ start: Int, _ count: Int) -> String {
      count == 1 ? "\(start)" : "\(start),\(count)"
    }
    output += "@@ -\(range(oldStart, oldCount)) +\(range(newStart, newCount)) @@".utf8
  }
}

/// Writes hunks with one empty line for each run of lines that they add.
private struct HunkShortening {
  /// How many lines fewer the hunks so far were written with.
  private var missing = 0
  /// The lines of a hunk: its header, with their number, is written before them.
  private var body: [UInt8] = []

  /// Appends a hunk, with the line number that it has after the hunks before it.
  mutating func append(_ hunk: Hunk, to output: inout [UInt8]) {
    var short = hunk
    short.newStart -= missing
    guard hunk.canBeShortened else { return short.append(to: &output) }
    body.removeAll(keepingCapacity: true)
    var kept = hunk.lines.range.lowerBound
    var isInRun = false
    for line in hunk.lines {
      guard line.kind == .added else {
        isInRun = false
        continue
      }
      if isInRun {
        short.newCount -= 1
      } else {
        body += hunk.storage[kept..<(line.start + 1)]
        body.append(0x0A)
      }
      kept = line.end
      isInRun = true
    }
    body += hunk.storage[kept..<hunk.lines.range.upperBound]
    missing += hunk.newCount - short.newCount
    short.appendNumbers(to: &output)
    output.append(0x0A)
    output += body
  }
}
