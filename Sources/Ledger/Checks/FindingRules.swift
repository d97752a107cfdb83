// SPDX-License-Identifier: GPL-2.0-only

internal import Analysis
internal import Backport
internal import Host
internal import PatchFormat

/// Turns the results of a patch into findings, by the manifest and the lock.
struct FindingRules: Sendable {
  let folder: PatchFolder
  /// What is kept, where it counts: a lock that is about to be written does not.
  let lock: PatchLock?

  init(_ folder: PatchFolder, countsLock: Bool) {
    self.folder = folder
    lock = countsLock && folder.kind != .file ? folder.lock : nil
  }

  private func finding(
    _ check: Check, _ file: String, _ message: String, hint: String? = nil, tree: String? = nil,
    line: Int? = nil, severity: Check.Severity? = nil, details: [String] = []
  ) -> Verification.Finding {
    Verification.Finding(
      check: check, severity: severity ?? check.severity, message: message, hint: hint, file: file,
      line: line, tree: tree, details: details)
  }

  // MARK: The folder

  /// What is wrong with the folder as a whole, before anything is tried.
  func ofFolder(labels: [String]) -> [Verification.Finding] {
    var findings: [Verification.Finding] = []
    if let error = folder.manifestError {
      findings.append(
        finding(
          .manifest, folder.manifestPath, error.message, hint: error.hint, line: error.line))
    }
    if let error = folder.lockError {
      findings.append(
        finding(.lock, folder.lockPath, error.message, hint: error.hint, line: error.line))
    } else if let lock {
      for patch in lock.patches where !labels.contains(patch.label) {
        findings.append(
          finding(
            .lock, folder.lockPath, "patch.lock has '\(patch.label)', which no longer exists",
            hint: "'patchkit verify --update' removes it from patch.lock"))
      }
      let trees = Set(folder.manifest.trees.map(\.name))
      for tree in Set(lock.landings.map(\.tree)).subtracting(trees).sorted() {
        findings.append(
          finding(
            .lock, folder.lockPath,
            "patch.lock has results for '\(tree)', which is not one of the folder's trees",
            hint: "'patchkit verify --update' removes it from patch.lock"))
      }
    } else if folder.hasManifest, folder.manifestError == nil, folder.lock == nil {
      findings.append(
        finding(
          .lock, folder.manifestPath, "there is no patch.lock yet",
          hint: "'patchkit verify --update' writes patch.lock", severity: .note))
    }
    return findings
  }

  // MARK: A patch

  /// What is wrong with a patch whatever the tree.
  func ofPatch(
    _ patch: Patch, _ entry: Verification.Patch, isAlone: Bool
  ) -> [Verification.Finding] {
    var findings: [Verification.Finding] = []
    if isAlone, let title = folder.manifest.title, title != entry.subject {
      findings.append(
        finding(
          .identity, entry.file,
          "the patch's subject is '\(entry.subject)', but the manifest's title is '\(title)'",
          hint: "correct 'title' in \(folder.manifestPath)"))
    }
    if isAlone, let upstream = folder.manifest.upstream,
      case let named = Set(patch.message.description().references.map(\.commit)), !named.isEmpty,
      !named.contains(where: { upstream.hasPrefix($0) || $0.hasPrefix(upstream) })
    {
      findings.append(
        finding(
          .identity, entry.file,
          "the message names the commit \(named.sorted().joined(separator: ", ")), but the manifest names "
            + "\(upstream)", hint: "correct 'upstream' in \(folder.manifestPath), or the message"))
    }
    if let lock {
      let kept = lock.patches.first { $0.label == entry.label }
      if kept == nil, !lock.patches.isEmpty {
        findings.append(
          finding(
            .identity, entry.file, "this patch is not in patch.lock",
            hint: "'patchkit verify --update' records it"))
      } else if let kept, kept.sha256 != entry.sha256 {
        // A patch that is not in git's form has no id.
        let what: String
        switch (kept.patchID, entry.patchID) {
        case (let old?, let new?) where old == new:
          what = ": its changes are the same, but the text around them differs"
        case (.some, .some): what = ": its changes differ"
        default: what = ""
        }
        findings.append(
          finding(
            .identity, entry.file, "the patch differs from the one in patch.lock\(what)",
            hint: "if that is intended, 'patchkit verify --update' records the new one"))
      }
    }
    if let style = folder.manifest.style {
      for lack in style.problems(of: patch.message) {
        findings.append(
          finding(
            .trailers, entry.file, "\(lack.message) [\(lack.rule)]",
            hint: "the style '\(style.rawValue)' requires it"))
      }
    }
    return findings
  }

  /// The findings of reading an input.
  func ofReading(_ document: PatchDocument, _ file: String) -> [Verification.Finding] {
    document.diagnostics.compactMap { found in
      let details = found.assumption.map { ["assumed: \($0)"] } ?? []
      let message = "\(found.message) [\(found.id.rawValue), byte \(found.location.offset)]"
      switch found.severity {
      case .note: return nil
      case .assumed:
        let isKnown = folder.manifest.damage.contains(found.id.rawValue)
        return finding(
          .damage, file, message,
          hint: isKnown
            ? nil
            : "get the patch again from its source, or write 'damage: "
              + "[\(found.id.rawValue)]' in patch.yaml",
          line: found.location.line, severity: isKnown ? .note : nil, details: details)
      case .refused:
        return finding(
          .parse, file, message,
          hint: found.hint ?? "the patch is damaged: get it again from its source",
          line: found.location.line)
      }
    }
  }

  // MARK: A patch on a tree

  /// What is wrong with a patch on a tree.
  func ofCell(
    _ outcome: PatchOutcome, _ names: Verification.NameLookup?, _ entry: Verification.Patch,
    on tree: PatchManifest.Tree
  ) -> [Verification.Finding] {
    var findings: [Verification.Finding] = []
    func found(
      _ check: Check, _ message: String, hint: String?, line: Int? = nil,
      severity: Check.Severity? = nil, details: [String] = []
    ) {
      findings.append(
        finding(
          check, entry.file, message, hint: hint, tree: tree.name, line: line, severity: severity,
          details: details))
    }
    if let problem = outcome.problem {
      found(.apply, problem, hint: "the patch was not tried on \(tree.name)")
    } else if !tree.expect.isMet(by: outcome.verdict) {
      unexpected(outcome, entry, tree, found)
    }
    if let problem = outcome.reverseProblem {
      found(
        .reverse, problem,
        hint: "'patchkit apply --check --output adapted.patch' writes the adapted patch"
      )
    }
    let missing = (names?.missing ?? []).filter { !folder.manifest.missing.contains($0.name) }
    if !missing.isEmpty {
      let names = missing.map(\.name).joined(separator: ", ")
      found(
        .missingSymbol, "the tree has no \(names)",
        hint:
          "name the patch that adds it under 'prerequisites', or write 'missing: [\(names)]' "
          + "in patch.yaml",
        details: missing.map { name in
          let near =
            name.candidates.isEmpty ? "" : "; similar: \(name.candidates.joined(separator: ", "))"
          return "\(name.role) \(name.name), first used at \(name.usedAt)\(near)"
        })
    }
    if let files = names?.withoutHeaders, !files.isEmpty {
      found(
        .missingSymbol,
        "the tree does not have the headers of \(files.joined(separator: ", ")), so names are not looked up",
        hint: nil, severity: .note)
    }
    if outcome.problem == nil { drift(outcome, entry, tree, found) }
    return findings
  }

  private typealias Found = (
    Check, String, _ hint: String?, _ line: Int?, Check.Severity?, _ details: [String]
  ) -> Void

  /// What shows why a patch, or one of a folder, does not apply to a tree.
  static func whyRefused(_ path: String, on tree: PatchManifest.Tree) -> String {
    text(.compare(records: false), path, in: path, on: tree)
  }

  /// Advice on a patch of a folder that does not apply to a tree.
  private static func text(
    _ advice: Advice, _ path: String, in folder: String, on tree: PatchManifest.Tree
  ) -> String {
    advice.text { command in
      let words =
        switch command {
        case .backport: "backport"
        case .resolve: "resolve"
        case .explain: "backport --check --explain"
        case .record: "backport --record"
        }
      let named = Shell.quoted(command == .record ? folder : path)
      return "'patchkit \(words) --onto \(Shell.quoted(tree.location)) \(named)'"
    }
  }

  /// Whether the adapted patch for a tree can be recorded in the folder.
  private func canRecord(for tree: PatchManifest.Tree) -> Bool {
    folder.hasManifest && folder.kind != .file && tree.patch == nil
      && (try? folder.recording(for: tree)) != nil
  }

  private func unexpected(
    _ outcome: PatchOutcome, _ entry: Verification.Patch, _ tree: PatchManifest.Tree,
    _ found: Found
  ) {
    let verdict = outcome.verdict
    let wanted = tree.expect.word
    if outcome.applies {
      let hint =
        "if that is intended, write 'expect: \(verdict.rawValue)' for \(tree.name) in patch.yaml"
      found(
        .apply, "expected verdict '\(wanted)', got \(verdict.rawValue)", hint, nil, nil,
        outcome.details)
    } else if verdict == .alreadyApplied {
      found(
        .alreadyApplied, "the patch is already applied to the tree",
        "remove it from \(folder.name), or write "
          + "'expect: already-applied' for \(tree.name) in patch.yaml", nil, nil, [])
    } else if let later = outcome.appliesAfter {
      found(
        .order, "applies only after '\(later)', but comes before it in the series",
        "move it after '\(later)' in the series", nil, nil, outcome.details)
    } else {
      let advice = outcome.adviceOnChecking(records: canRecord(for: tree))
      let hint = Self.text(advice, entry.file, in: folder.path, on: tree)
      let there =
        outcome.isPresent == true
        ? ["an equivalent change seems to be in the tree already; 'patchkit analyze' shows what is"]
        : []
      found(
        .apply, "expected verdict '\(wanted)', got \(verdict.rawValue)", hint, nil, nil,
        outcome.details + there)
    }
  }

  private func drift(
    _ outcome: PatchOutcome, _ entry: Verification.Patch, _ tree: PatchManifest.Tree,
    _ found: Found
  ) {
    guard let lock, !lock.landings.isEmpty else { return }
    guard
      let kept = lock.landings.first(where: { $0.tree == tree.name && $0.label == entry.label })
    else {
      // A patch that is not in the lock is reported once, not for every tree.
      if lock.patches.contains(where: { $0.label == entry.label }) {
        found(
          .drift, "patch.lock has no results for this tree",
          "'patchkit verify --update' records them",
          nil, .note, [])
      }
      return
    }
    let now = outcome.landing(of: entry.label, on: tree.name)
    if now == kept { return }
    var moved: [String] = []
    var details: [String] = []
    for file in now.files {
      guard let old = kept.files.first(where: { $0.path == file.path }) else {
        details.append("\(file.path): not in patch.lock")
        continue
      }
      if old.before != file.before {
        moved.append(file.path)
        details.append("\(file.path): was \(Self.short(old.before)), is \(Self.short(file.before))")
      }
      if old.hunks != file.hunks {
        details.append(
          "\(file.path): hunks were \(old.hunks.joined(separator: ", ")), are "
            + file.hunks.joined(separator: ", "))
      }
      if old.after != file.after {
        details.append(
          "\(file.path): the result was \(Self.short(old.after)), is \(Self.short(file.after))")
      }
    }
    for old in kept.files where !now.files.contains(where: { $0.path == old.path }) {
      details.append("\(old.path): the patch no longer changes this file")
    }
    let message =
      moved.isEmpty
      ? "the result differs from patch.lock"
      : "the tree has changed: \(moved.joined(separator: ", "))"
    found(
      .drift, message,
      "review the change; if it is intended, 'patchkit verify --update' records the new state",
      nil, nil,
      (kept.verdict == now.verdict ? [] : ["the verdict was \(kept.verdict), is \(now.verdict)"])
        + details)
  }

  private static func short(_ id: String?) -> String {
    id.map { String($0.prefix(12)) } ?? "nothing"
  }
}

extension PatchOutcome {
  /// What a lock keeps of it.
  func landing(of label: String, on tree: String) -> PatchLock.Landing {
    PatchLock.Landing(
      tree: tree, label: label, verdict: verdict.rawValue,
      files: files.map { file in
        PatchLock.File(
          path: file.path, before: file.before, after: file.after,
          hunks: file.hunks.map(\.summary))
      })
  }
}
