// SPDX-License-Identifier: GPL-2.0-only

internal import Analysis
internal import Backport
internal import Host
internal import History
internal import KernelTree
internal import PatchFormat

/// Reading the patches, and the checks that need no tree.
extension Verifier {
  /// A file as it was read.
  private struct ReadFile: Sendable {
    var sha256 = ""
    var items: [(item: PatchQueue.Item, patch: Verification.Patch, identity: String?)] = []
    /// The finding to report if it has no usable patch.
    var broken: Verification.Patch?
  }

  func readPatches() {
    let sources = units.indices.flatMap { unit in units[unit].folder.files.map { (unit, $0) } }
    let readers = units.map { Reader(folder: $0.folder, rules: rules($0.folder), options: options) }
    let read = PatchQueue.read(sources.map(\.1), ParseOptions()) { index, parsed in
      readers[sources[index].0].read(sources[index].1, parsed)
    }
    readInputs = Inputs(
      patches: Array(repeating: [], count: units.count),
      adapted: Array(repeating: [:], count: units.count))
    for ((unit, _), file) in zip(sources, read) {
      take(file, into: unit)
      readInputs.patches[unit].append(file.sha256)
    }
    for index in units.indices { readAdapted(index) }
    for index in units.indices {
      let rules = rules(units[index].folder)
      let labels = units[index].result.patches.map(\.label)
      units[index].result.findings += rules.ofFolder(labels: labels)
      let isAlone = labels.count == 1
      for item in units[index].items {
        units[index].result.patches[item.index].findings += rules.ofPatch(
          item.item.patch, units[index].result.patches[item.index], isAlone: isAlone)
      }
    }
  }

  /// Reads the patches that trees have of their own.
  private func readAdapted(_ unit: Int) {
    let folder = units[unit].folder
    for tree in units[unit].trees {
      guard let name = tree.patch, folder.kind != .file else { continue }
      let path = "\(folder.path)/\(name)"
      func fail(_ message: String, _ hint: String) {
        units[unit].result.findings.append(
          Verification.Finding(
            check: .manifest, severity: .error, message: message, hint: hint,
            file: folder.manifestPath, tree: tree.name, details: []))
      }
      do {
        let file = PatchQueue.File(path: path)
        let document = try PatchQueue.document(file, ParseOptions())
        readInputs.adapted[unit][tree.name] = Checksum.sha256(document.source)
        try document.requireSound()
        let items = PatchQueue.items(of: document, options: ApplyOptions(), entry: nil)
        let own = units[unit].items
        guard items.count == own.count, own.count == units[unit].result.patches.count else {
          fail(
            "'\(name)' has \(items.count) patches, and the folder \(units[unit].result.patches.count)",
            "'patch' names a file with every patch of the folder, in their order")
          continue
        }
        let isOther = zip(own, items).contains { entry, item in
          Self.names(of: entry.item).isDisjoint(with: Self.names(of: item))
        }
        if isOther {
          fail(
            "'\(name)' changes none of the files of the folder's patch",
            "'patch' names the folder's own patch as it was adapted to the tree")
          continue
        }
        units[unit].adapted[tree.name] = zip(own, items).map { entry, item in
          var adapted = entry
          adapted.item = item
          adapted.identity = PatchIdentity(item.patch.files)?.text
          return adapted
        }
      } catch {
        let (message, hint) = Verifier.said(error)
        fail(
          "the patch for the tree '\(tree.name)' cannot be used: \(message)",
          hint ?? "correct 'patch' in \(folder.manifestPath)")
      }
    }
  }

  /// The names of the files that a patch changes, without their folders: these may differ.
  private static func names(of item: PatchQueue.Item) -> Set<[UInt8]> {
    Set(
      item.patch.files.flatMap { file -> [[UInt8]] in
        let paths = file.paths(strip: item.options.strip ?? file.usualStrip)
        return [paths?.old, paths?.new].compactMap { $0 }
          .compactMap { $0.split(separator: UInt8(ascii: "/")).last.map(Array.init) }
      })
  }

  private func take(_ file: ReadFile, into unit: Int) {
    func add(_ patch: Verification.Patch) {
      var numbered = patch
      numbered.number = units[unit].result.patches.count + 1
      units[unit].result.patches.append(numbered)
      units[unit].shas.append(file.sha256)
    }
    if let broken = file.broken { add(broken) }
    for (item, patch, identity) in file.items {
      units[unit].items.append(
        LedgerItem(
          index: units[unit].result.patches.count, label: patch.label, item: item,
          identity: identity))
      add(patch)
    }
  }

  /// Makes the findings of a file that need no tree, on any thread.
  private struct Reader: Sendable {
    let folder: PatchFolder
    let rules: FindingRules
    let options: VerifyOptions

    func read(_ file: PatchQueue.File, _ parsed: PatchQueue.Parsed) -> ReadFile {
      let label =
        file.path.hasPrefix(folder.path + "/")
        ? String(file.path.dropFirst(folder.path.count + 1)) : file.path
      var result = ReadFile()
      func entry(_ label: String, _ subject: String) -> Verification.Patch {
        Verification.Patch(
          number: 0, label: label, file: file.path, subject: subject, sha256: result.sha256,
          findings: [], cells: [])
      }
      func finding(_ message: String, _ hint: String?) -> Verification.Finding {
        Verification.Finding(
          check: .parse, severity: .error, message: message, hint: hint, file: file.path,
          details: [])
      }
      let document: PatchDocument
      switch parsed {
      case .failure(let error):
        var broken = entry(label, "")
        let (message, hint) = Verifier.said(error)
        broken.findings = [finding(message, hint)]
        result.broken = broken
        return result
      case .success(let read): document = read
      }
      result.sha256 = Checksum.sha256(document.source)
      let found = rules.ofReading(document, file.path)
      let isSound = !document.diagnostics.contains { $0.severity == .refused }
      let items = PatchQueue.items(of: document, options: ApplyOptions(), entry: file.entry)
      if items.isEmpty || !isSound {
        var broken = entry(label, document.messages.first?.subject ?? "")
        broken.findings =
          found.isEmpty
          ? [
            finding(
              document.absence?.message ?? "there is no patch in the file",
              "remove the file if it does not belong here")
          ] : found
        result.broken = broken
        return result
      }
      for (index, item) in items.enumerated() {
        let name = items.count > 1 ? "\(label)#\(item.patch.ordinal ?? "\(index + 1)")" : label
        var patch = entry(name, item.patch.subject)
        if index == 0 { patch.findings = found }
        patch.patchID = GitPatchID(item.patch.message)?.text
        patch.upstream =
          items.count == 1 && folder.files.count == 1 ? folder.manifest.upstream : nil
        patch.upstream = item.patch.message.description().upstreamCommit ?? patch.upstream
        if options.keepsText { patch.text = Verifier.text(of: item) }
        result.items.append((item, patch, PatchIdentity(item.patch.files)?.text))
      }
      return result
    }
  }

  static func said(_ error: any Error) -> (message: String, hint: String?) {
    switch error {
    case let error as PatchkitError:
      (error.line == nil ? error.description : error.message, error.hint)
    case let error as PatchFormatError: (error.diagnostic.message, error.diagnostic.hint)
    default: ("\(error)", nil)
    }
  }

  private static func text(of item: PatchQueue.Item) -> [Verification.FileText] {
    item.patch.files.map { file in
      let strip = item.options.strip ?? file.usualStrip
      let path = file.paths(strip: strip)?.shown ?? []
      return Verification.FileText(
        path: String(decoding: path, as: UTF8.self),
        hunks: file.hunks.map(ShownHunk.init))
    }
  }

  func findDuplicates() {
    guard options.isOn(.duplicate) else { return }
    var first: [String: String] = [:]
    for unit in units.indices {
      for item in units[unit].items {
        // Unlike git's id it covers plain diffs, too, and does not depend on the order of files.
        guard let id = item.identity else { continue }
        let patch = item.index
        let name = "\(units[unit].folder.name)/\(units[unit].result.patches[patch].label)"
        guard let other = first[id] else {
          first[id] = name
          continue
        }
        units[unit].result.patches[patch].findings.append(
          Verification.Finding(
            check: .duplicate, severity: Check.duplicate.severity,
            message: "the patch makes the same change as \(other)", hint: "remove one of the two",
            file: units[unit].result.patches[patch].file, details: []))
      }
    }
  }

  func resolvePrerequisites() {
    let byName = Dictionary(
      units.indices.map { (units[$0].folder.name, $0) }, uniquingKeysWith: { first, _ in first })
    for index in units.indices where !units[index].folder.manifest.prerequisites.isEmpty {
      var order: [Int] = []
      var isOpen: Set<Int> = []
      var problems: [(message: String, hint: String)] = []
      func visit(_ unit: Int) {
        isOpen.insert(unit)
        for name in units[unit].folder.manifest.prerequisites {
          guard let next = byName[name] else {
            problems.append(
              (
                "there is no folder '\(name)', a prerequisite of '\(units[unit].folder.name)'",
                "'prerequisites' names folders of the same collection"
              ))
            continue
          }
          if isOpen.contains(next) {
            problems.append(
              (
                "'\(units[unit].folder.name)' and '\(name)' are prerequisites of each other",
                "remove one of the two from 'prerequisites'"
              ))
          } else if !order.contains(next) {
            visit(next)
          }
        }
        isOpen.remove(unit)
        order.append(unit)
      }
      visit(index)
      func before(on tree: String?) -> [LedgerItem] {
        order.dropLast().flatMap { unit in
          // Two folders may give one name to two trees.
          let isSame = units[unit].location(of: tree) == units[index].location(of: tree)
          let adapted = isSame ? tree.flatMap { units[unit].adapted[$0] } : nil
          return (adapted ?? units[unit].items).map { item in
            var first = item
            first.isPrerequisite = true
            first.label = "\(units[unit].folder.name)/\(item.label)"
            return first
          }
        }
      }
      units[index].before = before(on: nil)
      for tree in Set(order.dropLast().flatMap { units[$0].adapted.keys }) {
        units[index].adaptedBefore[tree] = before(on: tree)
      }
      units[index].result.findings += problems.map {
        Verification.Finding(
          check: .prerequisite, severity: .error, message: $0.message, hint: $0.hint,
          file: units[index].folder.manifestPath, details: [])
      }
    }
  }

  /// Leaves out the folders of which nothing changed: neither they, nor what goes before them, nor a
  /// tree of theirs that is a plain folder.
  func leaveOutUnchanged() {
    guard let changed = options.changed else { return }
    func isTouched(_ folder: String) -> Bool {
      guard let real = InputFile.realPath(folder) else { return true }
      return changed.contains { $0 == real || $0.hasPrefix(real + "/") }
    }
    let byName = Dictionary(
      units.indices.map { (units[$0].folder.name, $0) }, uniquingKeysWith: { first, _ in first })
    func isChanged(_ index: Int, _ seen: Set<Int>) -> Bool {
      let unit = units[index]
      let own =
        unit.folder.files.map(\.path) + [unit.folder.manifestPath, unit.folder.lockPath]
        + unit.trees.compactMap(\.patch).map { "\(unit.folder.path)/\($0)" }
      // The manifest of a folder above gives its trees to this one.
      let outer = unit.folder.path.lastIndex(of: "/").map {
        String(unit.folder.path[..<$0]) + "/" + PatchFolder.manifestName
      }
      if (own + [outer].compactMap(\.self)).contains(where: {
        InputFile.exists($0) && isTouched($0)
      }) {
        return true
      }
      if unit.trees.contains(where: {
        InputFile.kind(of: $0.location) == .folder && isTouched($0.location)
      }) {
        return true
      }
      return unit.folder.manifest.prerequisites.contains { name in
        byName[name].map { !seen.contains($0) && isChanged($0, seen.union([index])) } ?? true
      }
    }
    for index in units.indices { units[index].isLeftOut = !isChanged(index, []) }
  }
}
