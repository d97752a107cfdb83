// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles
package import Ledger
internal import Reporting

extension Verification {
  /// When a run was, and how long it took: on the page, and not in the report that shards are merged from.
  package struct Run: Sendable {
    /// The date, such as `2026-03-01`.
    var date: String
    /// How long the whole run took.
    var took: Duration
    /// How long the jobs of each tree took, by its name; they run in parallel.
    var trees: [String: Duration]

    /// Describes a run.
    package init(date: String, took: Duration, trees: [String: Duration]) {
      self.date = date
      self.took = took
      self.trees = trees
    }

    fileprivate static func words(_ took: Duration) -> String {
      let hundredths = Int(took / .milliseconds(10))
      let rest = hundredths % 100
      return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
    }
  }

  /// The report as one HTML page that needs no other file: the matrix, the findings, and a part for each
  /// patch × tree with its hunks in two columns, the ports and the interleavings.
  ///
  /// The parts are made from the value, which the page holds as JSON, when they are opened; the totals, the
  /// matrix and the findings need no script.
  ///
  /// - Parameters:
  ///   - commitURL: where commits are shown, with `%s` for the id; nil for no links.
  ///   - run: when the run was, and how long it took; nil if that is not known.
  package func page(commitURL: String? = nil, run: Run? = nil) -> String {
    let title =
      "patchkit verify: " + (status == .holds || status == .warned ? "all holds" : status.rawValue)
    let commits: MarkupText = commitURL.map { " data-commits=\"\($0)\"" } ?? ""
    let page: MarkupText = """
      \(MarkupText.pageHead(title: "\(title)"))<body\(commits)>
      <header>
      <h1>\(title)</h1>
      <p class="soft">\(sums)\(run.map { "; run on \($0.date), \(Run.words($0.took))" } ?? "")</p>
      \(totals)
      <div class="tools" role="search">
      <input type="search" id="search" placeholder="search patches" aria-label="search patches">
      <button type="button" data-filter="all" aria-pressed="true">all</button>
      <button type="button" data-filter="bad" aria-pressed="false">with findings</button>
      <button type="button" id="theme">dark or light</button>
      <span class="soft" id="shown" role="status"></span>
      </div>
      </header>
      <main>
      <section id="part" hidden aria-labelledby="part-title"></section>
      <section id="overview">
      <h2>Patches and trees</h2>
      \(matrix)
      \(Self.marks)
      \(treeTable(run))
      <h2>Findings</h2>
      <div id="findings">
      \(findingParts)</div>
      </section>
      </main>
      <footer class="soft keys"><kbd>/</kbd> searches, arrow keys walk the matrix, <kbd>Enter</kbd> \
      opens a result, <kbd>n</kbd> and <kbd>p</kbd> go to the next and the previous result with findings, \
      <kbd>Esc</kbd> returns to this list.</footer>
      <script type="application/json" id="report">\(verbatim: data)</script>
      <script>
      \(verbatim: String(decoding: EmbeddedFile.content(of: "diagram.js"), as: UTF8.self))\
      \(verbatim: String(decoding: EmbeddedFile.content(of: "page.js"), as: UTF8.self))</script>
      </body></html>

      """
    return page.text
  }

  private var sums: String {
    let summary = summary
    let verdicts = summary.verdicts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return "\(plural(summary.patches, "patch", "patches")) on \(plural(treeNames.count, "tree")), "
      + "\(plural(summary.cells, "result")): "
      + verdicts.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      + "; \(plural(summary.errors, "error")), \(plural(summary.warnings, "warning")), "
      + "\(summary.notChecked) not checked"
  }

  /// How many patches hold on how many trees, and how many other checks do not, as a bar and in words.
  private var totals: MarkupText {
    let cells = folders.flatMap(\.patches).flatMap(\.cells)
    let other = folders.flatMap { $0.findings + $0.patches.flatMap(\.findings) }
    var parts: [(status: Status, count: Int, words: String)] = []
    for status in Self.worstFirst {
      parts.append((status, cells.count { $0.status == status }, Self.words(status)))
      switch status {
      case .fails:
        parts.append((status, other.count { $0.severity == .error }, "errors in other checks"))
      case .notChecked:
        parts.append(
          (status, other.count { $0.severity == .notChecked }, "other checks that did not run"))
      case .warned, .holds: break
      }
    }
    parts.removeAll { $0.count == 0 }
    if parts.isEmpty { return "" }
    let words = parts.map { "\($0.count) \($0.words)" }.joined(separator: ", ")
    let bar = parts.map { part in
      "<span class=\"\(part.status.rawValue)\" style=\"flex:\(part.count)\"></span>" as MarkupText
    }
    let key = parts.map { part in
      "<li><span class=\"status \(part.status.rawValue)\">\(part.count)</span> \(part.words)</li>"
        as MarkupText
    }
    return """
      <div class="totals" role="img" aria-label="results: \(words)">\(bar.joined())</div>
      <ul class="key">\(key.joined())</ul>
      """
  }

  private static let worstFirst = Status.allCases.sorted(by: >)

  private static func words(_ status: Status) -> String {
    switch status {
    case .holds: "as expected"
    case .warned: "as expected, with warnings"
    case .notChecked: "not checked"
    case .fails: "not as expected"
    }
  }

  /// What the words and marks of the matrix mean.
  private static let marks: MarkupText = """
    <details class="marks"><summary>What the words and marks mean</summary><dl>
    <dt>exact</dt><dd>every hunk applies at the line that it states</dd>
    <dt>offset</dt><dd>applies at other lines, each of which is the only candidate</dd>
    <dt>relocated, reduced-context, three-way, merged</dt>
    <dd>adapted by a strategy of <code>patchkit backport</code></dd>
    <dt>already-applied</dt><dd>the tree has the change</dd>
    <dt>ambiguous</dt><dd>several candidate positions are equally good, so none was chosen</dd>
    <dt>conflict</dt><dd>the lines that the patch changes differ in the tree</dd>
    <dt>missing-path</dt><dd>the tree does not have the file</dd>
    <dt>partial</dt><dd>the tree has nothing like some of the files; the rest applies</dd>
    <dt>!</dt><dd>not what <code>patch.yaml</code> expects, or a check fails on this tree</dd>
    <dt>~</dt><dd>as expected, with a warning</dd>
    <dt>as expected</dt><dd>refused, and <code>patch.yaml</code> expects that</dd>
    <dt>?</dt><dd>not checked: the patch or the tree cannot be read</dd>
    </dl></details>
    """

  /// A row of the matrix: a patch by the numbers of its folder and itself.
  private struct Row {
    var folder: Int
    var patch: Int
    var status: Status
    /// The verdict that the row is grouped by; nil where the verdicts are as expected.
    var verdict: String?

    var group: String {
      if let verdict { return "\(verdict), \(Verification.words(status))" }
      return switch status {
      case .fails: "another check fails"
      case .notChecked, .warned, .holds: Verification.words(status)
      }
    }
  }

  /// The rows, the worst first, grouped by status and verdict.
  private var groups: [(name: String, rows: [Row])] {
    var groups: [(name: String, rows: [Row])] = []
    for status in Self.worstFirst {
      let start = groups.count
      for (folderIndex, folder) in folders.enumerated() {
        for (patchIndex, patch) in folder.patches.enumerated()
        where max(patch.status, Status(folder.findings)) == status {
          let worst = patch.cells.filter { $0.status == status && status != .holds }.first
          let row = Row(
            folder: folderIndex, patch: patchIndex, status: status,
            verdict: worst.map { $0.verdict?.rawValue ?? "not tried" })
          if let own = groups[start...].firstIndex(where: { $0.name == row.group }) {
            groups[own].rows.append(row)
          } else {
            groups.append((row.group, [row]))
          }
        }
      }
    }
    return groups
  }

  private var matrix: MarkupText {
    let trees = treeNames
    let numbers = Dictionary(
      sortedFindings.enumerated().map { ($0.element, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    var text: MarkupText =
      "<div class=\"scroll\"><table class=\"matrix\" role=\"table\"><thead role=\"rowgroup\">"
    text += "<tr role=\"row\"><th scope=\"col\" role=\"columnheader\">patch</th>"
    text += trees.map {
      "<th scope=\"col\" role=\"columnheader\">\($0)<small>\(revision(of: $0))</small></th>"
    }
    .joined()
    text += "</tr></thead>\n"
    for (name, rows) in groups {
      text += "<tbody data-group role=\"rowgroup\"><tr class=\"group\" role=\"row\">"
      text += "<th scope=\"rowgroup\" role=\"rowheader\" "
      text += "colspan=\"\(trees.count + 1)\"><span>\(name): "
      text += "\(plural(rows.count, "patch", "patches"))</span></th></tr>\n"
      text += rows.map { self.row($0, trees, numbers) }.joined()
      text += "</tbody>\n"
    }
    return text + "</table></div>"
  }

  /// The id of a tree, as the column of a tree has it; folders may use one name for different trees, which have none in
  /// common.
  private func revision(of tree: String) -> MarkupText {
    let cells = folders.flatMap(\.patches).flatMap(\.cells).filter { $0.tree == tree }
    let ids = Set(cells.map(\.revision))
    guard let id = ids.first else { return "not checked" }
    if ids.count > 1 { return "several trees" }
    guard let id else { return "a folder" }
    return "<code title=\"tree \(id)\">\(String(id.prefix(12)))</code>"
  }

  /// Each tree with its revision, its verdicts and the time that it took.
  private func treeTable(_ run: Run?) -> MarkupText {
    let cells = folders.flatMap(\.patches).flatMap(\.cells)
    let rows = treeNames.map { tree -> MarkupText in
      let own = cells.filter { $0.tree == tree }
      let verdicts = Dictionary(grouping: own) { $0.verdict?.rawValue ?? "not tried" }
        .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        .map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
      var time = MarkupText()
      if let run { time = "<td class=\"soft\">\(run.trees[tree].map(Run.words) ?? "")</td>" }
      return """
        <tr><th scope="row">\(tree)</th><td>\(revision(of: tree))</td><td>\(verdicts)</td>\(time)</tr>

        """
    }
    let time: MarkupText = run == nil ? "" : "<th scope=\"col\">time</th>"
    return """
      <details class="trees"><summary>The trees: revisions, verdicts\(run == nil ? "" : " and times")</summary>
      <div class="scroll"><table><thead><tr><th scope="col">tree</th><th scope="col">revision</th>\
      <th scope="col">verdicts</th>\(time)</tr></thead>
      <tbody>
      \(rows.joined())</tbody></table></div></details>
      """
  }

  /// The first finding of each check.
  private static func first(_ findings: [Finding]) -> [Finding] {
    var seen: Set<Check> = []
    return findings.filter { seen.insert($0.check).inserted }
  }

  private func row(_ row: Row, _ trees: [String], _ numbers: [Finding: Int]) -> MarkupText {
    let folder = folders[row.folder]
    let patch = folder.patches[row.patch]
    let name = Self.title(patch, in: folder)
    let words = Self.words(patch, name)
    var text: MarkupText = "<tr role=\"row\" data-status=\"\(row.status.rawValue)\" "
    text +=
      "data-text=\"\(words.joined(separator: " ").lowercased())\"><th scope=\"row\" role=\"rowheader\">"
    text += "<span class=\"subject\">\(patch.subject.isEmpty ? name : patch.subject)</span>"
    text += "<small>\(name)</small>"
    // What fails apart from the verdicts; a tree that cannot be read has its mark below.
    let others = (folder.findings + patch.findings).filter {
      Status([$0]) >= .notChecked && ($0.tree.map { !trees.contains($0) } ?? true)
    }
    for finding in Self.first(others) {
      guard let index = numbers[finding] else { continue }
      text += "<a class=\"check status fails\" href=\"#finding\(index)\">"
      text += "\(finding.check.rawValue) !</a> "
    }
    text += "</th>"
    for tree in trees {
      guard let column = patch.cells.firstIndex(where: { $0.tree == tree }) else {
        let why = folder.findings.first { $0.tree == tree }.flatMap { numbers[$0] }
        let mark: MarkupText = why.map { "<a href=\"#finding\($0)\">?</a>" } ?? "?"
        text +=
          folder.trees.contains(tree)
          ? "<td role=\"cell\" class=\"soft\" data-tree=\"\(tree)\">\(mark)</td>"
          : "<td role=\"cell\"></td>"
        continue
      }
      let cell = patch.cells[column]
      let verdict = cell.verdict?.rawValue ?? "not tried"
      let mark =
        switch cell.status {
        case .holds: cell.applies == false ? ", as expected" : ""
        case .warned: " ~"
        case .fails, .notChecked: " !"
        }
      text += "<td role=\"cell\" data-tree=\"\(tree)\"><a class=\"status \(cell.status.rawValue)\" "
      text += "href=\"#f\(row.folder)p\(row.patch)t\(column)\">\(verdict)\(mark)</a></td>"
    }
    return text + "</tr>\n"
  }

  /// What a search of the page finds a patch by.
  private static func words(_ patch: Patch, _ name: String) -> [String] {
    var words = [name, patch.subject, patch.file, patch.status.rawValue]
    words += patch.findings.map(\.check.rawValue)
    for cell in patch.cells {
      words += [cell.tree, cell.verdict?.rawValue ?? "not tried"]
      words += cell.outcome?.files.map(\.path) ?? []
      words += cell.findings.map(\.check.rawValue)
    }
    return words
  }

  /// The findings, the worst first.
  private var sortedFindings: [Finding] {
    findings.enumerated()
      .sorted { (Status([$1.element]), $0.offset) < (Status([$0.element]), $1.offset) }
      .map(\.element)
  }

  /// Where the page shows the patch × tree that a finding is about, by the finding.
  private var links: [Finding: String] {
    var links: [Finding: String] = [:]
    for (folderIndex, folder) in folders.enumerated() {
      for (patchIndex, patch) in folder.patches.enumerated() {
        for (column, cell) in patch.cells.enumerated() {
          for finding in cell.findings where links[finding] == nil {
            links[finding] = "#f\(folderIndex)p\(patchIndex)t\(column)"
          }
        }
      }
    }
    return links
  }

  private var findingParts: MarkupText {
    if findings.isEmpty { return "<p>none</p>\n" }
    let links = links
    return sortedFindings.enumerated().map { index, finding -> MarkupText in
      let location = finding.file + (finding.line.map { ":\($0)" } ?? "")
      let severity =
        finding.severity == .notChecked ? "not checked" : finding.severity.rawValue
      var text: MarkupText =
        "<div class=\"finding \(finding.severity.rawValue)\" id=\"finding\(index)\">"
      let file: MarkupText = "<code>\(location)</code>"
      let link: MarkupText? = links[finding].map { "<a href=\"\($0)\">\(file)</a>" }
      text += "<b>\(severity)</b> \(link ?? file): "
      text +=
        "<span class=\"sentence\">\(finding.sentence)</span> <code>[\(finding.check.rawValue)]</code>"
      if !finding.details.isEmpty {
        let lines = finding.details.map { "<li class=\"code\">\($0)</li>" as MarkupText }
        text += "<ul>\(lines.joined())</ul>"
      }
      if let hint = finding.hint {
        text += "<div class=\"hint\">hint: \(hint)</div>"
      }
      return text + "</div>\n"
    }.joined()
  }

  /// The value as JSON inside of a script element, which no text of it can end.
  private var data: String {
    guard let bytes = try? JSON.compact(self) else { return "{\"folders\":[]}" }
    return String(decoding: bytes, as: UTF8.self).replacing("<", with: "\\u003C")
  }
}
