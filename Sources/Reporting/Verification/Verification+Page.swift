// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles
package import Ledger

extension Verification {
  /// The report as one HTML page that needs nothing beside it: the matrix, what was found, and a part a
  /// cell with its hunks side by side, the ports and the interleavings.
  ///
  /// The parts are made from the value, which the page holds as JSON, when they are asked for; the matrix
  /// and the findings stand there without a script.
  package var page: String {
    let title =
      "patchkit verify: " + (status == .holds || status == .warned ? "all holds" : status.rawValue)
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <title>\(Markup.escaped(title))</title>
      <style>
      \(String(decoding: EmbeddedFile.content(of: "page.css"), as: UTF8.self))</style></head><body>
      <header>
      <h1>\(Markup.escaped(title))</h1>
      <p class="soft">\(Markup.escaped(sums))</p>
      <div class="tools" role="search">
      <input type="search" id="search" placeholder="search patches" aria-label="search patches">
      <button type="button" data-filter="all" aria-pressed="true">all</button>
      <button type="button" data-filter="bad" aria-pressed="false">with findings</button>
      <button type="button" id="theme">dark or light</button>
      <span class="soft" id="shown" role="status"></span>
      </div>
      </header>
      <main>
      <section id="part" hidden aria-label="a patch on a tree"></section>
      <section id="overview">
      <h2>Patches and trees</h2>
      \(matrix)
      <h2>Findings</h2>
      <div id="findings">
      \(findingParts)</div>
      </section>
      </main>
      <footer class="soft keys"><kbd>/</kbd> searches, arrow keys walk the matrix, <kbd>Enter</kbd> \
      opens a cell, <kbd>n</kbd> and <kbd>p</kbd> go to the next and the one before with findings, \
      <kbd>Esc</kbd> goes back.</footer>
      <script type="application/json" id="report">\(data)</script>
      <script>
      \(String(decoding: EmbeddedFile.content(of: "page.js"), as: UTF8.self))</script>
      </body></html>

      """
  }

  private var sums: String {
    let summary = summary
    let verdicts = summary.verdicts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return "\(plural(summary.patches, "patch", "patches")) on \(plural(treeNames.count, "tree")): "
      + verdicts.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      + "; \(plural(summary.errors, "error")), \(plural(summary.warnings, "warning")), "
      + "\(summary.notChecked) not checked"
  }

  private var matrix: String {
    let trees = treeNames
    var text =
      "<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th scope=\"col\">patch</th>"
    text += trees.map { "<th scope=\"col\">\(Markup.escaped($0))</th>" }.joined()
    text += "</tr></thead><tbody>\n"
    for (folderIndex, folder) in folders.enumerated() {
      for (patchIndex, patch) in folder.patches.enumerated() {
        let name = Self.title(patch, in: folder)
        let words = Self.words(patch, name)
        text += "<tr data-status=\"\(patch.status.rawValue)\" "
        text += "data-text=\"\(Markup.escaped(words.joined(separator: " ").lowercased()))\">"
        text += "<th scope=\"row\">\(Markup.escaped(patch.subject.isEmpty ? name : patch.subject))"
        text += "<small>\(Markup.escaped(name))</small></th>"
        for tree in trees {
          guard let place = patch.cells.firstIndex(where: { $0.tree == tree }) else {
            text += folder.trees.contains(tree) ? "<td class=\"soft\">?</td>" : "<td></td>"
            continue
          }
          let cell = patch.cells[place]
          let verdict = cell.outcome?.verdict.rawValue ?? "not tried"
          let isFine = cell.status == .holds
          let mark = !isFine ? " !" : cell.outcome?.applies == false ? ", as expected" : ""
          text += "<td><a class=\"status \(cell.status.rawValue)\" "
          text += "href=\"#f\(folderIndex)p\(patchIndex)t\(place)\">\(verdict)\(mark)</a></td>"
        }
        text += "</tr>\n"
      }
    }
    return text + "</tbody></table></div>"
  }

  /// What a search of the page finds a patch by.
  private static func words(_ patch: Patch, _ name: String) -> [String] {
    var words = [name, patch.subject, patch.file, patch.status.rawValue]
    words += patch.findings.map(\.check.rawValue)
    for cell in patch.cells {
      words += [cell.tree, cell.outcome?.verdict.rawValue ?? "not tried"]
      words += cell.outcome?.files.map(\.path) ?? []
      words += cell.findings.map(\.check.rawValue)
    }
    return words
  }

  private var findingParts: String {
    if findings.isEmpty { return "<p>none</p>\n" }
    return findings.map { finding in
      let place = finding.file + (finding.line.map { ":\($0)" } ?? "")
      var text = "<div class=\"finding \(finding.severity.rawValue)\">"
      text += "<b>\(finding.severity.rawValue)</b> <code>\(Markup.escaped(place))</code> "
      text += Markup.escaped(finding.sentence)
      text += " <code>[\(finding.check.rawValue)]</code>"
      if !finding.details.isEmpty {
        text +=
          "<ul>" + finding.details.map { "<li class=\"code\">\(Markup.escaped($0))</li>" }.joined()
        text += "</ul>"
      }
      if let hint = finding.hint {
        text += "<div class=\"hint\">hint: \(Markup.escaped(hint))</div>"
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
