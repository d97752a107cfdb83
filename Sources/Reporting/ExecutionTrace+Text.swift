// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles
package import Interleave

extension ExecutionTrace {
  /// The tasks that make a step.
  var activeTasks: [String] {
    tasks.filter { name in steps.contains { $0.task == name } }
  }

  /// The execution as text: a line for each step, with its task and the world after it.
  ///
  /// - Parameter width: the columns of the screen; nil for no limit. Each task has a column if there is room, else one
  ///   column has the task's name. If that is too wide, what a step changed in the world is below the step.
  package func table(width: Int? = nil) -> LabeledText {
    let forms = [columns(eachTask: true), columns(eachTask: false)]
    let fitting = forms.first { rows in
      width.map { Self.widths(rows).reduce(2 * (rows[0].count - 1), +) <= $0 } ?? true
    }
    var text = fitting.map(Self.laidOut) ?? list
    if let outcome { text += "outcome: \(outcome)\n" }
    for waiting in waiting {
      text += "\(waiting.task) waits in \(waiting.operation) at \(waiting.source)"
      text += waiting.holder.map { ", held by \($0)\n" } ?? "\n"
    }
    return text
  }

  /// The rows of the table, the headings first; what a step changed in the world is printed as a heading, too.
  private func columns(eachTask: Bool) -> [[LabeledText]] {
    let shown = activeTasks
    let names = steps.first?.columns.map(\.name) ?? []
    let tasks = eachTask ? shown : ["task", "step"]
    var rows = [([""] + tasks + names + ["line"]).map { "\($0)" as LabeledText }]
    for (index, step) in steps.enumerated() {
      let what = Self.words(step)
      let cells =
        eachTask ? shown.map { $0 == step.task ? what : LabeledText() } : ["\(step.task)", what]
      let world = step.columns.enumerated().map { column, cell -> LabeledText in
        changes(column, at: index) ? "\(.heading, cell.text)" : "\(cell.text)"
      }
      rows.append(["\(index + 1)"] + cells + world + ["\(step.source)"])
    }
    return rows
  }

  /// The execution for a narrow screen: below each step, a line for each part of the world that it changed.
  private var list: LabeledText {
    let digits = String(steps.count).count
    let task = activeTasks.map { ("\($0)" as LabeledText).width }.max() ?? 0
    let margin = LabeledText().padded(to: digits + 2 + task + 2)
    var text = LabeledText()
    for (index, step) in steps.enumerated() {
      let number = ("\(index + 1)" as LabeledText).alignedRight(to: digits)
      text += "\(number)  \(("\(step.task)" as LabeledText).padded(to: task))  \(Self.words(step))"
      text += "  \(.faint, step.source)\n"
      for (column, cell) in step.columns.enumerated() where index == 0 || changes(column, at: index)
      {
        text += "\(margin)\(cell.name): \(.heading, cell.text)\n"
      }
    }
    return text
  }

  /// What a step did.
  private static func words(_ step: Step) -> LabeledText {
    "\(step.operation)\(step.objects.first.map { " \($0)" } ?? "")"
  }

  /// Whether a step changed a part of the world; the first step changes none.
  private func changes(_ column: Int, at index: Int) -> Bool {
    index > 0 && steps[index - 1].columns.indices.contains(column)
      && steps[index - 1].columns[column].text != steps[index].columns[column].text
  }

  private static func widths(_ rows: [[LabeledText]]) -> [Int] {
    (rows.first ?? []).indices.map { column in rows.map { $0[column].width }.max() ?? 0 }
  }

  private static func laidOut(_ rows: [[LabeledText]]) -> LabeledText {
    let widths = widths(rows)
    var text = LabeledText()
    for row in rows {
      let filled = row.lastIndex { !$0.isEmpty } ?? 0
      text += row[...filled].enumerated().map { column, cell in
        if column == 0 { return cell.alignedRight(to: widths[0]) }
        return column == filled
          ? cell : cell + LabeledText().padded(to: widths[column] - cell.width)
      }.joined(separator: "  ")
      text += "\n"
    }
    return text
  }

  /// The execution as a page of its own, drawn as on the page of a collection: a lane for each task, a line for each step.
  ///
  /// - Parameters:
  ///   - title: the scenario and the version.
  ///   - complaint: what is wrong.
  package func page(title: String, complaint: String) throws -> String {
    let data = String(decoding: try JSON.compact(self), as: UTF8.self)
      .replacing("<", with: "\\u003C")
    let page: MarkupText = """
      \(MarkupText.pageHead(title: "\(title): \(complaint)"))<body>
      <header><h1>\(title): \(complaint)</h1></header>
      <main id="trace"><noscript>A script draws the steps. To print them, use \
      <code>patchkit port explore</code> with <code>--trace</code>.</noscript></main>
      <script type="application/json" id="data">\(verbatim: data)</script>
      <script>
      \(verbatim: String(decoding: EmbeddedFile.content(of: "diagram.js"), as: UTF8.self))
      document.getElementById("trace").append(
        ...drawing.diagram(JSON.parse(document.getElementById("data").textContent)));
      </script>
      </body></html>

      """
    return page.text
  }
}
